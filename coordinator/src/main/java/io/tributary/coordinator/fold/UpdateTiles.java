package io.tributary.coordinator.fold;

import java.io.IOException;

/**
 * The updates of one fold in their canonical order: by digest, then weight. Whoever adds or breaks
 * ties in this order cannot depend on which update arrived first.
 */
public interface UpdateTiles {
  /** How many; at least one. */
  int count();

  /** Weight of an update, at least 1. */
  long weight(int update);

  /** Values of each update. */
  long valueCount();

  /**
   * Reads values {@code [at .. at + length)} of an update.
   *
   * @param into gets them from index 0
   * @throws IOException when the update ends before, or cannot be read
   */
  void read(int update, long at, int length, float[] into) throws IOException;

  /** Sum of the weights. */
  default long totalWeight() {
    long total = 0;
    for (int i = 0; i < count(); i++) {
      total = Math.addExact(total, weight(i));
    }
    return total;
  }
}
