package io.tributary.coordinator.store;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.common.wire.ChunkSpool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The checks of an update's values before it counts: all finite, none beyond {@code
 * update.max-abs}. Streams, so that memory does not depend on the model.
 */
final class UpdateCheck {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Layout layout;
  private final double maxAbs;

  UpdateCheck(Layout layout, double maxAbs) {
    this.layout = layout;
    this.maxAbs = maxAbs;
  }

  /** Says what is wrong with a complete update, or nothing. */
  Optional<String> violation(ChunkSpool update) throws IOException {
    int count = layout.trainableCount();
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < count; ) {
      int values = Math.min(BUFFER_BYTES / Float.BYTES, count - at);
      buffer.clear().limit(values * Float.BYTES);
      update.read((long) at * Float.BYTES, buffer);
      for (int i = 0; i < values; i++) {
        float value = buffer.getFloat(i * Float.BYTES);
        if (!Float.isFinite(value)) {
          return Optional.of(place(at + i) + " is " + value + " but must be finite");
        }
        if (Math.abs(value) > maxAbs) {
          return Optional.of(place(at + i) + " is " + value + " but update.max-abs is " + maxAbs);
        }
      }
      at += values;
    }
    return Optional.empty();
  }

  private String place(int index) {
    int first = 0;
    for (TensorSpec tensor : layout.trainableTensors()) {
      if (index < first + tensor.size()) {
        return "value " + (index - first) + " of " + tensor.name();
      }
      first += tensor.size();
    }
    throw new IndexOutOfBoundsException(index);
  }
}
