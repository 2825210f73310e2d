package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
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
import java.util.Locale;
import java.util.Objects;

/**
 * The texts of one site: a directory of UTF-8 files, or one such file. Only the local trainer reads
 * it; no byte of it ever reaches the wire.
 *
 * <p>A directory is read with everything below it. Files come in the order of their paths relative
 * to the directory (compared by Unicode code units, {@code /} between names), so that the same
 * files give the same bytes on every machine. Names that start with a dot are left out, linked
 * directories are not followed, empty files count as no text. The texts are joined by one newline,
 * so that the last word of one does not run into the first of the next.
 *
 * <p>A data set is immutable: it is read and checked once, when the site starts, so that a broken
 * file is found before a coordinator counts on the site.
 */
public final class TextDataset {
  /** Most bytes a site's texts may have together: they are held in memory while it trains. */
  public static final long MAX_BYTES = 1L << 30;

  /** Texts may take one part of so many of the heap: models and updates need the rest. */
  private static final int HEAP_SHARE = 4;

  /** Most files a site's texts may be spread over. */
  public static final int MAX_FILES = 100_000;

  private static final int MAX_DEPTH = 32;

  private final Path source;
  private final byte[] bytes;
  private final List<Text> texts;

  /**
   * One file's text.
   *
   * @param folder name of the folder of the data directory that it lies in, at any depth; null if
   *     it lies in none
   * @param start its first byte, or token
   * @param end after its last
   */
  record Text(String folder, int start, int end) {}

  private TextDataset(Path source, byte[] bytes, List<Text> texts) {
    this.source = source;
    this.bytes = bytes;
    this.texts = List.copyOf(texts);
  }

  /**
   * Reads and checks the texts at a path.
   *
   * @param path a directory or a file
   * @throws UserErrorException if nothing is there, it cannot be read, there is no text in it, it
   *     is larger than {@link #MAX_BYTES} or than a quarter of the heap, or a file is not UTF-8
   *     (with its name and byte offset)
   */
  public static TextDataset read(Path path) {
    return read(path, MAX_BYTES, Runtime.getRuntime().maxMemory());
  }

  static TextDataset read(Path path, long maxBytes, long heapBytes) {
    List<Path> files = files(path);
    List<Sized> texts = sized(files);
    if (texts.isEmpty()) {
      throw new UserErrorException(
          Kind.FAILED,
          "data path "
              + path
              + (Files.isDirectory(path) ? " holds no text" : " is empty")
              + " (files whose names start with a dot are left out): put UTF-8 text files there");
    }
    // One newline between each two.
    long total = texts.stream().mapToLong(Sized::bytes).sum() + texts.size() - 1;
    requireRoom(path, total, maxBytes, heapBytes);
    byte[] joined = new byte[Math.toIntExact(total)];
    List<Text> read = new ArrayList<>();
    int at = 0;
    for (Sized text : texts) {
      if (at > 0) {
        joined[at++] = '\n';
      }
      int start = at;
      at = text.readInto(joined, start);
      read.add(new Text(folder(path, text.file()), start, at));
    }
    return new TextDataset(path, joined, read);
  }

  /**
   * The files that {@link #read} reads at a path, in its order; empty ones too.
   *
   * @throws UserErrorException if nothing is there or it cannot be listed
   */
  public static List<Path> files(Path path) {
    Objects.requireNonNull(path, "path");
    if (!Files.exists(path)) {
      throw new UserErrorException(
          Kind.FAILED,
          "data path " + path + " does not exist: name a directory of UTF-8 text files, or one");
    }
    if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      // Reading a pipe or a device could wait for ever.
      throw new UserErrorException(
          Kind.FAILED,
          "data path "
              + path
              + " is neither a directory nor a regular file: name a directory of UTF-8 text files,"
              + " or one");
    }
    return Files.isDirectory(path) ? filesBelow(path) : List.of(path);
  }

  private static String folder(Path directory, Path file) {
    Path within = directory.relativize(file); // empty for a file that is the data path itself
    return within.getNameCount() < 2 ? null : within.getName(0).toString();
  }

  private static void requireRoom(Path path, long total, long maxBytes, long heapBytes) {
    if (total > maxBytes) {
      throw new UserErrorException(
          Kind.FAILED,
          "data path "
              + path
              + " holds "
              + total
              + " bytes of text but the bound is "
              + maxBytes
              + ": name a smaller directory");
    }
    if (total > heapBytes / HEAP_SHARE) {
      throw new UserErrorException(
          Kind.FAILED,
          "data path "
              + path
              + " holds "
              + total
              + " bytes of text but a heap of "
              + heapBytes
              + " bytes has room for "
              + heapBytes / HEAP_SHARE
              + ": raise -Xmx by TRIBUTARY_JAVA_OPTS, or name a smaller directory");
    }
  }

  /** Where the texts were read. */
  public Path source() {
    return source;
  }

  /**
   * All texts, joined by newlines; UTF-8. Not a copy, as they may be large: never to be changed.
   */
  public byte[] bytes() {
    return bytes;
  }

  /** Where in {@link #bytes()} each file's text is, in order. */
  List<Text> texts() {
    return texts;
  }

  /** Length of {@link #bytes()}. */
  public int byteCount() {
    return bytes.length;
  }

  /** Number of files that held text. */
  public int fileCount() {
    return texts.size();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s (%,d bytes in %,d files)", source, bytes.length, texts.size());
  }

  private static List<Path> filesBelow(Path directory) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          directory,
          EnumSet.noneOf(FileVisitOption.class),
          MAX_DEPTH,
          new SimpleFileVisitor<>() {
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
                if (files.size() == MAX_FILES) {
                  throw new UserErrorException(
                      Kind.FAILED,
                      "data path "
                          + directory
                          + " holds more than "
                          + MAX_FILES
                          + " files: join some, or name a smaller directory");
                }
                files.add(file);
              } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new UserErrorException(
                    Kind.FAILED,
                    "data directory " + file + " is nested deeper than " + MAX_DEPTH + " levels");
              }
              return FileVisitResult.CONTINUE;
            }
          });
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

  private static UserErrorException unreadable(Path path, IOException cause) {
    return new UserErrorException(
        Kind.FAILED,
        "cannot read data " + path + " (" + cause + "): check that it is there and readable",
        cause);
  }

  /** The files that are not empty, with their sizes: all bounds are checked before one is read. */
  private static List<Sized> sized(List<Path> files) {
    List<Sized> sized = new ArrayList<>();
    for (Path file : files) {
      try {
        long bytes = Files.size(file);
        if (bytes > 0) {
          sized.add(new Sized(file, bytes));
        }
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    return sized;
  }

  /** A file and what it held when it was measured. */
  private record Sized(Path file, long bytes) {

    /** Reads and checks the text; returns where the next one goes. */
    int readInto(byte[] target, int at) {
      int length = (int) bytes;
      try (InputStream in = Files.newInputStream(file)) {
        if (in.readNBytes(target, at, length) < length || in.read() >= 0) {
          throw new UserErrorException(
              Kind.FAILED,
              "file " + file + " changed its size while it was read: start again once it is still");
        }
      } catch (IOException e) {
        throw unreadable(file, e);
      }
      Utf8Check.malformedOffset(ByteBuffer.wrap(target, at, length))
          .ifPresent(
              offset -> {
                throw new UserErrorException(
                    Kind.FAILED,
                    "file "
                        + file
                        + " is not UTF-8: byte "
                        + offset
                        + String.format(Locale.ROOT, " (0x%02x)", target[at + offset] & 0xFF)
                        + " does not belong there; convert the file or move it away");
              });
      return at + length;
    }
  }
}
