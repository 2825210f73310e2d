package io.tributary.cli.demo;

import io.tributary.common.config.UserErrorException;
import io.tributary.simulation.LocalFederation;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  private final Thread hook = new Thread(this::endAndDelete, "delete-demo-home");
  private volatile LocalFederation inhabitant;

  private DemoHome(Path directory, boolean temporary) {
    this.directory = directory;
    this.temporary = temporary;
  }

  /**
   * Makes the place.
   *
   * @param chosen the user's directory, or null for a temporary one
   * @param keep whether a temporary one stays
   */
  static DemoHome open(Path chosen, boolean keep) throws IOException {
    if (chosen == null) {
      DemoHome home = new DemoHome(Files.createTempDirectory("tributary-demo-"), !keep);
      if (home.temporary) {
        Runtime.getRuntime().addShutdownHook(home.hook);
      }
      return home;
    }
    Path directory = chosen.toAbsolutePath().normalize();
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

  /** Whose processes write here: they end before anything is deleted. */
  void inhabitedBy(LocalFederation federation) {
    inhabitant = federation;
  }

  private void endAndDelete() {
    LocalFederation federation = inhabitant;
    if (federation != null) {
      federation.close();
    }
    delete();
  }

  private void delete() {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
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
