package io.tributary.simulation;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How this machine starts a Tributary process: the distribution's launcher, which bounds each
 * process's memory. Tests put another program in a site's place.
 *
 * @param command the words before the command's own
 */
public record Launcher(List<String> command) {
  /** Copies the command. */
  public Launcher {
    command = List.copyOf(command);
  }

  /** The launcher of an unpacked distribution. */
  public static Launcher of(Path distribution) {
    Path script = distribution.resolve("bin").resolve("tributary");
    if (!Files.isExecutable(script)) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          script + " is not there or not executable: build the project with mvn package");
    }
    return new Launcher(List.of(script.toAbsolutePath().toString()));
  }

  List<String> coordinator(Path config, Path job) {
    return words(
        "coordinator",
        "start",
        "--config",
        config.toString(),
        "--job",
        job.toString(),
        "--output",
        "json",
        "--stop-with-parent",
        parent());
  }

  List<String> site(Path config) {
    return sites(List.of(config));
  }

  /** One process for several sites. */
  List<String> sites(List<Path> configs) {
    List<String> words = words("client", "start");
    for (Path config : configs) {
      words.add("--config");
      words.add(config.toString());
    }
    words.addAll(List.of("--until-done", "--stop-with-parent", parent()));
    return words;
  }

  private static String parent() {
    return String.valueOf(ProcessHandle.current().pid());
  }

  private List<String> words(String... more) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of(more));
    return words;
  }
}
