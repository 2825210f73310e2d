package io.tributary.coordinator.fold;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The mean of every coordinate without its {@code ⌊share · n⌋} smallest and as many largest values
 * (Yin et al., "Byzantine-robust distributed learning: towards optimal statistical rates", ICML
 * 2018, option II of algorithm 1, β = share). Weights do not count.
 *
 * <p>Bounded by honest values in every coordinate while at most ⌊share · n⌋ updates lie.
 */
public final class TrimmedMean implements Aggregator {
  private final double share;

  /** Cuts a share from 0 to below 0.5 from each end. */
  public TrimmedMean(double share) {
    if (!(share >= 0 && share < 0.5)) {
      throw new IllegalArgumentException(
          "aggregation.trim-share is " + share + " but must be from 0 to below 0.5");
    }
    this.share = share;
  }

  @Override
  public int tileValues(int updates) {
    AllUpdates.requireComparable("trimmed-mean", updates);
    return AllUpdates.tileValues(updates);
  }

  @Override
  public TileFold init(Spec spec) {
    int count = spec.updates().count();
    int cut = cut(count);
    return new RankedTile(count, spec.tileValues(), cut, count - 1 - cut);
  }

  /** Values that are cut from each end of {@code count}; something is always left. */
  int cut(int count) {
    // Exact decimal arithmetic: 100 · 0.29 is 29, not the 28 that doubles give.
    return BigDecimal.valueOf(share)
        .multiply(BigDecimal.valueOf(count))
        .setScale(0, RoundingMode.FLOOR)
        .intValueExact();
  }
}
