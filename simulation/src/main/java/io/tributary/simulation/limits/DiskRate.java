package io.tributary.simulation.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** How fast files come to rest on a disk: written, forced, closed, one after the other. */
final class DiskRate {
  /** Larger updates are measured by files of this size: the rate no longer depends on it. */
  static final long MAX_FILE_BYTES = 1L << 28;

  private static final int BLOCK_BYTES = 256 * 1024;

  private DiskRate() {}

  /** Writes until the time is over, one file at least; leaves nothing behind. */
  static double megabytesPerSecond(Path directory, long fileBytes, long millis) throws IOException {
    long size = Math.min(fileBytes, MAX_FILE_BYTES);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    byte[] random = new byte[BLOCK_BYTES];
    new Random(1).nextBytes(random); // a disk may treat zeros, or what it can compress, better
    block.put(random);
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    long written = 0;
    long spent = 0;
    do {
      Path file = Files.createTempFile(directory, "limit-", ".bin");
      try {
        long started = System.nanoTime();
        write(file, block, size);
        spent += System.nanoTime() - started;
        written += size;
      } finally {
        Files.delete(file);
      }
    } while (spent < nanos);
    return written * 1e3 / spent;
  }

  private static void write(Path file, ByteBuffer block, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; ) {
        block.clear().limit((int) Math.min(BLOCK_BYTES, size - at));
        while (block.hasRemaining()) {
          at += channel.write(block);
        }
      }
      channel.force(true);
    }
  }
}
