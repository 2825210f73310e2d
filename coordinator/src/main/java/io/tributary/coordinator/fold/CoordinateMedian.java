package io.tributary.coordinator.fold;

/**
 * The median of every coordinate; of an even number, the mean of the two in the middle (Yin et al.,
 * "Byzantine-robust distributed learning: towards optimal statistical rates", ICML 2018, option I
 * of algorithm 1). Weights do not count: a site could claim any.
 *
 * <p>Bounded by honest values in every coordinate while fewer than half of the updates lie.
 */
public final class CoordinateMedian implements Aggregator {
  @Override
  public int tileValues(int updates) {
    AllUpdates.requireComparable("median", updates);
    return AllUpdates.tileValues(updates);
  }

  @Override
  public TileFold init(Spec spec) {
    int count = spec.updates().count();
    return new RankedTile(count, spec.tileValues(), (count - 1) / 2, count / 2);
  }
}
