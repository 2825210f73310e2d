package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPoint;

/**
 * How updates become one: {@code init(spec) → accumulate(update, weight) → finish()}, tile by tile,
 * so that memory depends on the tile and never on the number of sites.
 */
public interface Aggregator {
  /**
   * What an aggregator must know before the first value.
   *
   * @param format of the sums
   * @param totalWeight of all updates that will come
   * @param tileValues most values of one tile
   */
  record Spec(FixedPoint format, long totalWeight, int tileValues) {}

  /** Prepares for one fold. */
  TileFold init(Spec spec);

  /** The accumulator of one tile at a time; owned by one folding thread. */
  interface TileFold {
    /** Starts a tile of {@code length} values. */
    void begin(int length);

    /** Takes one site's values of this tile, {@code delta[0 .. length)}. */
    void accumulate(float[] delta, long weight);

    /** Writes the aggregate of this tile's deltas to {@code aggregate}. */
    void finish(double[] aggregate);
  }
}
