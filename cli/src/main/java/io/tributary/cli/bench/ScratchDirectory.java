package io.tributary.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory of a benchmark, gone when it is closed. */
public final class ScratchDirectory implements AutoCloseable {
  private final Path path;

  private ScratchDirectory(Path path) {
    this.path = path;
  }

  /** Makes one. */
  public static ScratchDirectory create() throws IOException {
    return new ScratchDirectory(Files.createTempDirectory("tributary-bench-"));
  }

  /**
   * Makes one in a directory.
   *
   * @param parent null: the machine's temporary directory
   */
  public static ScratchDirectory in(Path parent) throws IOException {
    return parent == null
        ? create()
        : new ScratchDirectory(Files.createTempDirectory(parent, "tributary-bench-"));
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    List<Path> newestFirst;
    try (Stream<Path> walk = Files.walk(path)) {
      newestFirst = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : newestFirst) {
      Files.deleteIfExists(entry);
    }
  }
}
