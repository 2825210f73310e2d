package io.tributary.client.process;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of little-endian floats through which a site and its trainer's process hand parameters to
 * each other. It stays where it is from task to task, because memory that is there already is
 * several times faster than new one. Not mapped: a process that cut a mapped file short would take
 * the site's process with it.
 */
final class FloatFile {
  private static final int BUFFER_VALUES = 1 << 18;

  private final Path path;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_VALUES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  FloatFile(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  /** Makes the file hold exactly these. */
  void write(float[] values) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      for (int at = 0; at < values.length; ) {
        int count = Math.min(BUFFER_VALUES, values.length - at);
        buffer.clear();
        buffer.asFloatBuffer().put(values, at, count);
        buffer.limit(count * Float.BYTES);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        at += count;
      }
      channel.truncate((long) values.length * Float.BYTES);
    }
  }

  /** Makes the file unfit for {@link #read} unless somebody writes it: first and last are NaN. */
  void spoil(int count) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      channel.truncate((long) count * Float.BYTES);
      for (long at : new long[] {0, count - 1L}) {
        buffer.clear().putFloat(Float.NaN).flip();
        while (buffer.hasRemaining()) {
          channel.write(buffer, at * Float.BYTES + buffer.position());
        }
      }
    }
  }

  /**
   * Reads all values.
   *
   * @param values as many as there must be; overwritten
   * @throws BrokenProtocolException if there are more or fewer, or one is not finite
   */
  void read(float[] values) throws IOException, BrokenProtocolException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long expected = (long) values.length * Float.BYTES;
      if (channel.size() != expected) {
        throw BrokenProtocolException.unsoundUpdate(
            "wrote an update of " + channel.size() + " bytes in place of " + expected);
      }
      for (int at = 0; at < values.length; ) {
        int piece = Math.min(BUFFER_VALUES, values.length - at);
        buffer.clear().limit(piece * Float.BYTES);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new EOFException(path + " became shorter while it was read");
          }
        }
        buffer.flip();
        buffer.asFloatBuffer().get(values, at, piece);
        requireFinite(values, at, at + piece); // while they are in the processor's cache
        at += piece;
      }
    }
  }

  private static void requireFinite(float[] values, int from, int to)
      throws BrokenProtocolException {
    // x · 0 is 0 or NaN, and NaN stays. Two sums, because one would wait for each addition.
    float even = 0;
    float odd = 0;
    for (int i = from; i + 1 < to; i += 2) {
      even += values[i] * 0f;
      odd += values[i + 1] * 0f;
    }
    if (even + odd == 0 && Float.isFinite(values[to - 1])) {
      return;
    }
    int first = from;
    while (Float.isFinite(values[first])) {
      first++;
    }
    throw BrokenProtocolException.unsoundUpdate(
        "wrote no update, or one with NaN or infinity (value " + first + ")");
  }
}
