package io.tributary.cli.demo;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a demo's files live: the user's directory, or a temporary one that goes with the demo,
 * whichever way the demo ends.
 */
final class DemoHome implements AutoCloseable {
  private final Path directory;
  private final boolean temporary;
  private final Thread hook = new Thread(this::delete, "delete-demo-home");

  private DemoHome(Path directory, boolean temporary) {
    this.directory = directory;
    this.temporary = temporary;
  }

  static DemoHome open(DemoOptions options) throws IOException {
    if (options.home() == null) {
      DemoHome home =
          new DemoHome(Files.createTempDirectory("tributary-demo-"), !options.keep());
      if (home.temporary) {
        Runtime.getRuntime().addShutdownHook(home.hook);
      }
      return home;
    }
    Path directory = options.home().toAbsolutePath().normalize();
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        if (files.findAny().isPresent()) {
          throw new UserErrorException(
              UserErrorException.Kind.REFUSED,
              "--home " + directory + " is not empty: name an empty or new directory");
        }
      }
    }
    return new DemoHome(directory, false);
  }

  Path directory() {
    return directory;
  }

  private void delete() {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Processes may still be writing while everything is taken down; what is left is in the
      // system's temporary directory and says so by its name.
      System.err.println("tributary: " + directory + " could not be deleted whole: " + e);
    }
  }

  @Override
  public void close() {
    if (temporary) {
      delete();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        return; // the hook does the same again, on nothing
      }
    }
  }
}
