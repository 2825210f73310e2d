package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;

/**
 * The files of a site's data: one, or those of a directory with everything below it.
 *
 * <p>Files come in the order of their paths relative to the directory (compared by Unicode code
 * units, {@code /} between names), the same on every machine. Names that start with a dot are left
 * out, linked directories are not followed.
 */
public final class DataFiles {
  private DataFiles() {}

  /**
   * The files at a path, in order; empty ones too.
   *
   * @throws UserErrorException if nothing is there or it cannot be listed
   */
  public static List<Path> at(Path path) {
    return at(path, DataLimits.standard());
  }

  static List<Path> at(Path path, DataLimits limits) {
    Objects.requireNonNull(path, "path");
    if (!Files.exists(path)) {
      throw new UserErrorException(
          Kind.FAILED,
          "data path " + path + " does not exist: name a directory of text files, or a file");
    }
    if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      // Reading a pipe or a device could wait for ever.
      throw new UserErrorException(
          Kind.FAILED,
          "data path "
              + path
              + " is neither a directory nor a regular file: name a directory of text files, or a"
              + " file");
    }
    return Files.isDirectory(path) ? below(path, limits) : List.of(path);
  }

  /** The folder of a data directory that a file lies in, at any depth; null if it lies in none. */
  static String folder(Path directory, Path file) {
    Path within = directory.relativize(file); // empty for a file that is the data path itself
    return within.getNameCount() < 2 ? null : within.getName(0).toString();
  }

  static UserErrorException unreadable(Path path, IOException cause) {
    return new UserErrorException(
        Kind.FAILED,
        "cannot read data " + path + " (" + cause + "): check that it is there and readable",
        cause);
  }

  private static List<Path> below(Path directory, DataLimits limits) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          directory,
          EnumSet.noneOf(FileVisitOption.class),
          limits.maxDepth(),
          new Visitor(directory, limits, files));
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    files.sort(Comparator.comparing(file -> relativeName(directory, file)));
    return files;
  }

  private static String relativeName(Path directory, Path file) {
    return directory.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }

  private static boolean hidden(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path directory;
    private final DataLimits limits;
    private final List<Path> files;

    private Visitor(Path directory, DataLimits limits, List<Path> files) {
      this.directory = directory;
      this.limits = limits;
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path entered, BasicFileAttributes attributes) {
      return !entered.equals(directory) && hidden(entered)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      // A link to a file is read; a link to a directory could lead in a circle.
      if (!hidden(file) && Files.isRegularFile(file)) {
        if (files.size() == limits.maxFiles()) {
          throw new UserErrorException(
              Kind.FAILED,
              "data path "
                  + directory
                  + " holds more than "
                  + limits.maxFiles()
                  + " files: join some, or name a smaller directory");
        }
        files.add(file);
      } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new UserErrorException(
            Kind.FAILED,
            "data directory " + file + " is nested deeper than " + limits.maxDepth() + " levels");
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
