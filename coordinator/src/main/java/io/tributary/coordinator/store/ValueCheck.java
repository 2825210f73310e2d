package io.tributary.coordinator.store;

import io.tributary.common.wire.ChunkInspector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Optional;

/**
 * Holds one update against its {@link ValueRules} as its chunks arrive, while they are in the
 * processor's cache: nothing is read back from disk for it. Of several values that break a rule it
 * names the first of the update, in whichever order the chunks came. Confined to its lane.
 *
 * <p>Chunks begin and end between values: {@code UploadTerms} sees to that.
 */
final class ValueCheck implements ChunkInspector {
  private static final int BLOCK_VALUES = 2048;

  private final ValueRules rules;
  private final int mostBits;
  private long firstIndex = Long.MAX_VALUE;
  private float firstValue;

  ValueCheck(ValueRules rules) {
    this.rules = rules;
    this.mostBits = rules.mostBits();
  }

  @Override
  public void inspect(long offset, ByteBuffer content) {
    IntBuffer bits = content.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int[] block = new int[Math.min(BLOCK_VALUES, bits.remaining())];
    long index = offset / Float.BYTES;
    while (bits.hasRemaining()) {
      int length = Math.min(block.length, bits.remaining());
      bits.get(block, 0, length);
      if (index < firstIndex && anyBeyond(block, length)) {
        keepFirst(index, block, length);
      }
      index += length;
    }
  }

  /** No branch inside, so that it runs many values at a time. */
  private boolean anyBeyond(int[] block, int length) {
    int beyond = 0;
    for (int i = 0; i < length; i++) {
      beyond |= mostBits - (block[i] & ValueRules.MAGNITUDE); // negative when beyond: no overflow
    }
    return beyond < 0;
  }

  private void keepFirst(long index, int[] block, int length) {
    for (int i = 0; i < length; i++) {
      if ((block[i] & ValueRules.MAGNITUDE) > mostBits) {
        firstIndex = index + i;
        firstValue = Float.intBitsToFloat(block[i]);
        return;
      }
    }
  }

  /** Says what is wrong with what came so far, or nothing. */
  Optional<String> violation() {
    return firstIndex == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(rules.violation(firstIndex, firstValue));
  }
}
