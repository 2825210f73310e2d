package io.tributary.coordinator.fold;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The state vectors of a {@link ServerOptimizer}, one tile of each in memory: read from the state
 * before, changed by the step, written to the state after, by position.
 */
final class StateTiles implements AutoCloseable {
  private final ServerStep step;
  private final long valuesPerVector;
  private final ByteBuffer bytes;
  private final float[][] tiles;
  private final FileChannel before; // null: initial values
  private final FileChannel after; // null: nothing is kept

  /**
   * Opens both files.
   *
   * @param valuesPerVector trainable values of the model
   */
  StateTiles(ServerStep step, long valuesPerVector, int tileValues) throws IOException {
    this.step = step;
    this.valuesPerVector = valuesPerVector;
    int vectors = step.optimizer().stateVectors();
    this.tiles = new float[vectors][tileValues];
    if (vectors == 0) {
      bytes = ByteBuffer.allocate(0);
      before = null;
      after = null;
      return;
    }
    bytes = ByteBuffer.allocateDirect(tileValues * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FileChannel read = null;
    boolean opened = false;
    try {
      if (step.stateBefore().isPresent()) {
        read = FileChannel.open(step.stateBefore().get(), StandardOpenOption.READ);
        requireSize(read, step.stateBefore().get());
      }
      after =
          FileChannel.open(
              step.stateAfter().orElseThrow(),
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      opened = true;
    } finally {
      if (!opened && read != null) {
        read.close();
      }
    }
    before = read;
  }

  private void requireSize(FileChannel channel, Path file) throws IOException {
    long expected = tiles.length * valuesPerVector * Float.BYTES;
    if (channel.size() != expected) {
      throw new IOException(
          file
              + " has "
              + channel.size()
              + " bytes but "
              + tiles.length
              + " state vectors of "
              + valuesPerVector
              + " values need "
              + expected);
    }
  }

  /**
   * Reads the state of one tile, one array a vector; the arrays are this object's.
   *
   * @param at first value of the tile within a vector
   */
  float[][] read(long at, int length) throws IOException {
    for (int vector = 0; vector < tiles.length; vector++) {
      if (before == null) {
        Arrays.fill(tiles[vector], 0, length, step.optimizer().initialState(vector));
        continue;
      }
      bytes.clear().limit(length * Float.BYTES);
      long position = (vector * valuesPerVector + at) * Float.BYTES;
      while (bytes.hasRemaining()) {
        int count = before.read(bytes, position);
        if (count < 0) {
          throw new EOFException(step.stateBefore().orElseThrow() + " was cut while it was read");
        }
        position += count;
      }
      bytes.flip().asFloatBuffer().get(tiles[vector], 0, length);
    }
    return tiles;
  }

  /** Writes what the step left in the arrays of {@link #read}. */
  void write(long at, int length) throws IOException {
    for (int vector = 0; vector < tiles.length; vector++) {
      bytes.clear().limit(length * Float.BYTES);
      bytes.asFloatBuffer().put(tiles[vector], 0, length);
      long position = (vector * valuesPerVector + at) * Float.BYTES;
      while (bytes.hasRemaining()) {
        position += after.write(bytes, position);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (before != null) {
        before.close();
      }
    } finally {
      if (after != null) {
        after.close();
      }
    }
  }
}
