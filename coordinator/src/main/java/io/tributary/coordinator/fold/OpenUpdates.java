package io.tributary.coordinator.fold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The updates of one fold, open for reading: a bounded number of them for the whole fold, any
 * others for one read at a time.
 */
final class OpenUpdates implements UpdateTiles, AutoCloseable {
  /** Updates that are held open at once. */
  static final int MAX_OPEN_UPDATES = 256;

  private final List<FoldInput> inputs;
  private final long valueCount;
  private final ByteBuffer bytes;
  private final List<UpdateReader> open = new ArrayList<>();

  /**
   * Opens updates.
   *
   * @param inputs in any order
   * @param bytes direct memory that every read may overwrite
   */
  OpenUpdates(List<FoldInput> inputs, long valueCount, ByteBuffer bytes) throws IOException {
    this.inputs = inputs.stream().sorted(FoldInput.CANONICAL).toList();
    this.valueCount = valueCount;
    this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    boolean opened = false;
    try {
      for (FoldInput input : this.inputs) {
        if (open.size() == MAX_OPEN_UPDATES) {
          break;
        }
        open.add(input.update().open());
      }
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  @Override
  public int count() {
    return inputs.size();
  }

  @Override
  public long weight(int update) {
    return inputs.get(update).weight();
  }

  @Override
  public long valueCount() {
    return valueCount;
  }

  @Override
  public void read(int update, long at, int length, float[] into) throws IOException {
    int most = bytes.capacity() / Float.BYTES;
    for (int done = 0; done < length; done += most) {
      int part = Math.min(most, length - done);
      bytes.clear().limit(part * Float.BYTES);
      readBytes(update, (at + done) * Float.BYTES);
      bytes.flip().asFloatBuffer().get(into, done, part);
    }
  }

  private void readBytes(int update, long offsetBytes) throws IOException {
    if (update < open.size()) {
      open.get(update).read(offsetBytes, bytes);
      return;
    }
    try (UpdateReader reader = inputs.get(update).update().open()) {
      reader.read(offsetBytes, bytes);
    }
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (UpdateReader reader : open) {
      try {
        reader.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
