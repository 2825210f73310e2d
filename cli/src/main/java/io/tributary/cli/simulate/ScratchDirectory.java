package io.tributary.cli.simulate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory that goes when it is closed, and when the process is told to end. */
public final class ScratchDirectory implements AutoCloseable {
  private final Path path;
  private final Thread hook = new Thread(this::delete, "delete-scratch");

  private ScratchDirectory(Path path) {
    this.path = path;
  }

  /** Makes one. */
  public static ScratchDirectory create() throws IOException {
    ScratchDirectory scratch =
        new ScratchDirectory(Files.createTempDirectory("tributary-simulate-"));
    Runtime.getRuntime().addShutdownHook(scratch.hook);
    return scratch;
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  private void delete() {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("tributary: " + path + " could not be deleted whole: " + e);
    }
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return; // the hook does the same again, on nothing
    }
  }
}
