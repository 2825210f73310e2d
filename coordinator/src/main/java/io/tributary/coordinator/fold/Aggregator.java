package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPoint;
import java.io.IOException;

/**
 * How updates become one: {@code init(spec) → accumulate(update) → finish()}, tile by tile, so that
 * memory depends on the tile and never on the number of sites.
 *
 * <p>Three kinds of rules, all with the same bits whatever the order in which updates arrived:
 *
 * <pre>
 * sums        weighted, unweighted and norm-clipped mean: fixed point, one tile at a time
 * ranks       median, trimmed mean: one tile of all updates at once, bounded by {@link AllUpdates}
 * distances   geometric median, Krum, multi-Krum: a pass over all updates before the first tile
 *             finds one number for each; then a sum in canonical order
 * </pre>
 */
public interface Aggregator {
  /** Most values of a tile: 256 KiB of floats, 512 KiB of sums. */
  int TILE_VALUES = 64 * 1024;

  /**
   * What an aggregator must know before the first value.
   *
   * @param format of fixed-point sums
   * @param updates that will come, for rules that must see them before
   * @param tileValues most values of one tile
   */
  record Spec(FixedPoint format, UpdateTiles updates, int tileValues) {}

  /**
   * Most values of one tile; less than {@link #TILE_VALUES} where the rule holds a tile of every
   * update.
   *
   * @throws AggregationRefusedException when the rule does not apply to so many updates
   */
  int tileValues(int updates);

  /**
   * Prepares for one fold.
   *
   * @throws AggregationRefusedException when the rule does not apply to these updates
   * @throws IOException when they cannot be read
   */
  TileFold init(Spec spec) throws IOException;

  /** The accumulator of one tile at a time; owned by one folding thread. */
  interface TileFold {
    /** Whether the update has a part in the aggregate: others need not be read. */
    default boolean needs(int update) {
      return true;
    }

    /** Starts a tile of {@code length} values. */
    void begin(int length);

    /**
     * Takes one update's values of this tile; updates come in the order of {@link UpdateTiles}.
     *
     * @param update its place in {@link Spec#updates}
     * @param delta values {@code [0 .. length)}; only lent
     */
    void accumulate(int update, float[] delta);

    /** Writes the aggregate of this tile's deltas to {@code aggregate}. */
    void finish(double[] aggregate);
  }
}
