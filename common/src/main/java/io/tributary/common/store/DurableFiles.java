package io.tributary.common.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Files that are either there whole or not there: temp file → fsync → atomic rename → fsync of the
 * directory.
 *
 * <p>Everything the project keeps on disk (models, spools, keys, tokens) goes through here, so that
 * a SIGKILL or a power cut at any instant leaves the old content or the new one. Temp files stand
 * beside their target and end in {@link #TEMPORARY_SUFFIX}: after a crash such a file is garbage
 * and may be deleted.
 */
public final class DurableFiles {
  /** Ends the name of every file that is not finished. */
  public static final String TEMPORARY_SUFFIX = ".tmp";

  private static final String OWNER_ONLY_FILE = "rw-------";
  private static final String OWNER_ONLY_DIRECTORY = "rwx------";

  private DurableFiles() {}

  /** Who may read a file. */
  public enum Access {
    /** What the process's umask leaves: for public material and models. */
    SHARED,
    /** Mode 0600 from the file's first instant: for keys and tokens. */
    OWNER_ONLY
  }

  /** Writes the content of one file; it may be called once only and must not close the stream. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to {@code out}. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * One file to be written by {@link #writeAll}.
   *
   * @param target where it will stand
   * @param access who may read it
   * @param content what it holds
   */
  public record Entry(Path target, Access access, Content content) {}

  /** Replaces {@code target} with {@code bytes}, readable as the umask says. */
  public static void write(Path target, byte[] bytes) throws IOException {
    writeAll(List.of(new Entry(target, Access.SHARED, out -> out.write(bytes))));
  }

  /** Replaces {@code target} with {@code bytes}; the file has mode 0600 from its first instant. */
  public static void writeOwnerOnly(Path target, byte[] bytes) throws IOException {
    writeAll(List.of(new Entry(target, Access.OWNER_ONLY, out -> out.write(bytes))));
  }

  /** Replaces {@code target} with streamed content, readable as the umask says. */
  public static void write(Path target, Content content) throws IOException {
    writeAll(List.of(new Entry(target, Access.SHARED, content)));
  }

  /**
   * Writes several files that belong together: all temp files are complete and on disk before the
   * first of them takes its name, so a full disk or a failing {@link Content} changes nothing.
   *
   * @throws IOException when any file cannot be written; no temp file stays behind
   */
  public static void writeAll(List<Entry> entries) throws IOException {
    List<Path> temporaries = new ArrayList<>(entries.size());
    try {
      for (Entry entry : entries) {
        temporaries.add(writeTemporary(entry));
      }
      Set<Path> directories = new LinkedHashSet<>();
      for (int i = 0; i < entries.size(); i++) {
        Path target = entries.get(i).target().toAbsolutePath();
        move(temporaries.get(i), target);
        directories.add(target.getParent());
      }
      for (Path directory : directories) {
        syncDirectory(directory);
      }
    } catch (IOException | RuntimeException failure) {
      for (Path temporary : temporaries) {
        deleteQuietly(temporary, failure);
      }
      throw failure;
    }
  }

  /**
   * Gives a file that was written elsewhere on the same file system its final name, durably: fsync,
   * atomic rename, fsync of the directory. For spools that grow over minutes.
   */
  public static void publish(Path finished, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    move(finished, target);
    syncDirectory(target.toAbsolutePath().getParent());
  }

  /**
   * Creates a directory and its missing parents with mode 0700, so that they survive a power cut;
   * what exists stays as it is.
   */
  public static void createOwnerOnlyDirectories(Path directory) throws IOException {
    Path wanted = directory.toAbsolutePath();
    Deque<Path> missing = new ArrayDeque<>();
    Path existing = wanted;
    while (!Files.exists(existing)) {
      missing.push(existing);
      existing = existing.getParent();
    }
    // Whoever made it may have been killed before it was durable; all above it was durable then.
    syncParentIfReadable(existing);
    while (!missing.isEmpty()) {
      Path next = missing.pop();
      Files.createDirectories(next, ownerOnly(next, OWNER_ONLY_DIRECTORY));
      syncDirectory(next.getParent());
    }
    Files.createDirectories(wanted); // says so if it is no directory
  }

  /** A parent that may not be read is the system's: it was there long before. */
  private static void syncParentIfReadable(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      return;
    }
    try {
      syncDirectory(parent);
    } catch (AccessDeniedException e) {
      return;
    }
  }

  /** Makes earlier renames, creations and deletions in a directory survive a power cut. */
  public static void syncDirectory(Path directory) throws IOException {
    if (!hasPosixPermissions(directory)) {
      return; // Windows opens no directory as a file; NTFS journals the rename itself.
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path writeTemporary(Entry entry) throws IOException {
    Path target = entry.target().toAbsolutePath();
    Path temporary =
        target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + TEMPORARY_SUFFIX);
    // The permissions are those of open(2): there is no instant at which others could open it.
    FileAttribute<?>[] attributes =
        entry.access() == Access.OWNER_ONLY
            ? ownerOnly(target, OWNER_ONLY_FILE)
            : new FileAttribute<?>[0];
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            attributes)) {
      OutputStream out = Channels.newOutputStream(channel);
      entry.content().writeTo(out);
      out.flush();
      channel.force(true);
    } catch (IOException | RuntimeException failure) {
      deleteQuietly(temporary, failure);
      throw failure;
    }
    return temporary;
  }

  private static void move(Path from, Path target) throws IOException {
    try {
      Files.move(from, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(
          "cannot rename " + from + " to " + target + " in one step: keep both on one file system",
          e);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path path, String permissions) throws IOException {
    if (!hasPosixPermissions(path)) {
      throw new IOException(
          "cannot keep " + path + " to its owner: its file system has no POSIX permissions");
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
    };
  }

  private static boolean hasPosixPermissions(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static void deleteQuietly(Path temporary, Exception failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
