package io.tributary.common.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a state directory ({@code home} in the configuration) to one process, for as long as that
 * process lives.
 *
 * <p>Coordinator and site agent take it before they touch anything in their home. The operating
 * system drops the lock when the process ends, however it ends, so a lock file that stays behind
 * blocks nobody; it is never deleted, because deleting it would let two processes lock two files of
 * the same name.
 */
public final class HomeLock implements AutoCloseable {
  /** Name of the lock file in the home; it holds the process id of the last holder. */
  public static final String FILE_NAME = "lock";

  private static final int MAX_HOLDER_BYTES = 32;

  /**
   * Homes this JVM holds. POSIX drops all of a process's locks on a file as soon as it closes any
   * channel to it, so a second attempt in the same JVM must be refused before it opens one.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  /** Channels that must stay open, for the same reason, because other code here holds the lock. */
  private static final Set<FileChannel> NEVER_CLOSED = ConcurrentHashMap.newKeySet();

  private final Path home;
  private final FileChannel channel;

  private HomeLock(Path home, FileChannel channel) {
    this.home = home;
    this.channel = channel;
  }

  /**
   * Takes the home, creating it with mode 0700 if it is missing. Never waits.
   *
   * @throws UserErrorException of kind REFUSED when a living process holds it, FAILED when it
   *     cannot be created or written
   */
  public static HomeLock acquire(Path home) {
    Path real;
    try {
      DurableFiles.createOwnerOnlyDirectories(home);
      real = home.toRealPath();
    } catch (IOException e) {
      throw unusable(home, e);
    }
    if (!HELD.add(real)) {
      throw inUse(home, "by this process already");
    }
    boolean acquired = false;
    try {
      HomeLock lock = new HomeLock(real, lock(home, real.resolve(FILE_NAME)));
      acquired = true;
      return lock;
    } catch (IOException e) {
      throw unusable(home, e);
    } finally {
      if (!acquired) {
        HELD.remove(real);
      }
    }
  }

  /** Returns the home's real path. */
  public Path home() {
    return home;
  }

  /** Lets the next process in. Closing twice is harmless. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close(); // releases the lock
    } catch (IOException e) {
      throw unusable(home, e);
    } finally {
      HELD.remove(home);
    }
  }

  private static FileChannel lock(Path home, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean keep = false;
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(home, "by process " + holder(channel));
      }
      channel.truncate(0);
      byte[] holder = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      channel.write(ByteBuffer.wrap(holder), 0);
      keep = true;
      return channel;
    } catch (OverlappingFileLockException e) {
      keep = true;
      NEVER_CLOSED.add(channel);
      throw inUse(home, "by other code in this process");
    } finally {
      if (!keep) {
        channel.close();
      }
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(MAX_HOLDER_BYTES);
    channel.read(buffer, 0);
    String text = StandardCharsets.US_ASCII.decode(buffer.flip()).toString().strip();
    return text.matches("[0-9]+") ? text : "of unknown id";
  }

  private static UserErrorException inUse(Path home, String byWhom) {
    return new UserErrorException(
        Kind.REFUSED,
        "home "
            + home
            + " is in use "
            + byWhom
            + ": stop that process or choose another `home` in the configuration");
  }

  private static UserErrorException unusable(Path home, IOException cause) {
    return new UserErrorException(
        Kind.FAILED,
        "home "
            + home
            + " cannot be used ("
            + cause
            + "): choose a `home` in the configuration that you may write to",
        cause);
  }
}
