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
   * All values.
   *
   * @throws BrokenProtocolException if there are more or fewer, or one is not finite
   */
  float[] read(int count) throws IOException, BrokenProtocolException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long expected = (long) count * Float.BYTES;
      if (channel.size() != expected) {
        throw BrokenProtocolException.unsoundUpdate(
            "wrote an update of " + channel.size() + " bytes in place of " + expected);
      }
      float[] values = new float[count];
      for (int at = 0; at < count; ) {
        int piece = Math.min(BUFFER_VALUES, count - at);
        buffer.clear().limit(piece * Float.BYTES);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new EOFException(path + " became shorter while it was read");
          }
        }
        buffer.flip();
        buffer.asFloatBuffer().get(values, at, piece);
        at += piece;
      }
      for (int i = 0; i < count; i++) {
        if (!Float.isFinite(values[i])) {
          throw BrokenProtocolException.unsoundUpdate(
              "wrote no update, or one with NaN or infinity (value " + i + ")");
        }
      }
      return values;
    }
  }
}
