package io.tributary.cli.simulate;

import io.tributary.client.data.DataFiles;
import io.tributary.client.data.TextDataset;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.examples.shakespeare.RoleSites;
import io.tributary.examples.shakespeare.SpokenPlays;
import io.tributary.simulation.virtual.Partition;
import io.tributary.simulation.virtual.SourceText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where a simulation's texts come from: the user's files, or the plays that come along. */
public final class SimulationData {
  private final List<SourceText> texts;
  private final String name;

  private SimulationData(List<SourceText> texts, String name) {
    this.texts = List.copyOf(texts);
    this.name = name;
  }

  /**
   * Reads the texts: each file of {@code path}, or each speaking role of the plays; with {@code
   * by-file}, the plays are dealt to sites as the demo deals them.
   *
   * @param path a file, a directory, or null for the plays
   */
  public static SimulationData read(Path path, Partition partition, int sites) throws IOException {
    if (path != null) {
      return files(path);
    }
    List<SourceText> texts = new ArrayList<>();
    if (partition instanceof Partition.ByFile) {
      if (sites < RoleSites.MIN_SITES || sites > RoleSites.MAX_SITES) {
        throw new UserErrorException(
            Kind.USAGE,
            "--sites is "
                + sites
                + " but the plays by speaking role make "
                + RoleSites.MIN_SITES
                + " to "
                + RoleSites.MAX_SITES
                + " sites: choose --partition iid or dirichlet:A for more");
      }
      RoleSites.split(SpokenPlays.read(), sites)
          .forEach((site, text) -> texts.add(SourceText.of(site, text)));
    } else {
      SpokenPlays.read()
          .forEach(role -> texts.add(SourceText.of(role.play() + "/" + role.name(), role.text())));
    }
    return new SimulationData(texts, "plays");
  }

  private static SimulationData files(Path path) throws IOException {
    List<SourceText> texts = new ArrayList<>();
    for (Path file : DataFiles.at(path)) {
      if (Files.size(file) > 0) {
        String name = file.equals(path) ? fileName(file) : path.relativize(file).toString();
        texts.add(new SourceText(name, TextDataset.read(file).bytes()));
      }
    }
    return new SimulationData(texts, fileName(path.toAbsolutePath().normalize()));
  }

  private static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }

  /** The texts. */
  public List<SourceText> texts() {
    return texts;
  }

  /** For people. */
  public String name() {
    return name;
  }
}
