package io.tributary.common.store;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory or file that appears whole, in one step, or not at all, and never takes the place of
 * anything: for what people ask to be made, in a place that they name.
 */
public final class NewTarget {
  private NewTarget() {}

  /** Fills a directory that nobody else sees yet. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything into {@code unfinished}; each file durably. */
    void writeTo(Path unfinished) throws IOException;
  }

  /**
   * Makes a directory.
   *
   * @param directory must not exist, or be empty
   * @throws FileAlreadyExistsException when there is something
   */
  public static void directory(Path directory, Content content) throws IOException {
    Path target = directory.toAbsolutePath().normalize();
    requireFreeDirectory(target);
    Path parent = parent(directory, target);
    Path unfinished =
        parent.resolve(
            target.getFileName() + "." + UUID.randomUUID() + DurableFiles.TEMPORARY_SUFFIX);
    Files.createDirectory(unfinished);
    try {
      content.writeTo(unfinished);
      try {
        Files.deleteIfExists(target); // an empty directory
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException e) {
        throw exists(target);
      }
      DurableFiles.syncDirectory(parent);
    } catch (IOException | RuntimeException e) {
      deleteTree(unfinished, e);
      throw e;
    }
  }

  /**
   * Makes a single file.
   *
   * @param file must not exist
   * @throws FileAlreadyExistsException when there is something
   */
  public static void file(Path file, DurableFiles.Content content) throws IOException {
    Path target = file.toAbsolutePath().normalize();
    requireFreeFile(target);
    parent(file, target);
    DurableFiles.write(
        target,
        out -> {
          content.writeTo(out);
          requireFreeFile(target); // writing may have taken minutes
        });
  }

  /**
   * Checks that a directory could be made, before work is done for it.
   *
   * @throws FileAlreadyExistsException when there is something
   */
  public static void requireFreeDirectory(Path directory) throws IOException {
    Path target = directory.toAbsolutePath().normalize();
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      requireFreeFile(target);
      return;
    }
    try (Stream<Path> files = Files.list(target)) {
      if (files.findAny().isPresent()) {
        throw exists(target);
      }
    }
  }

  /**
   * Checks that a file could be made, before work is done for it.
   *
   * @throws FileAlreadyExistsException when there is something
   */
  public static void requireFreeFile(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(file);
    }
  }

  private static Path parent(Path named, Path target) throws IOException {
    Path parent = target.getParent();
    if (parent == null) {
      throw new IOException(named + " has no parent directory");
    }
    return Files.createDirectories(parent);
  }

  private static FileAlreadyExistsException exists(Path target) {
    return new FileAlreadyExistsException(
        target.toString(), null, "it exists and is not overwritten");
  }

  private static void deleteTree(Path unfinished, Exception failure) {
    try (Stream<Path> files = Files.walk(unfinished)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
