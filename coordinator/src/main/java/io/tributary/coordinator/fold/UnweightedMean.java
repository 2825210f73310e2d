package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPointSum;

/**
 * Every site counts the same: {@code Σ deltaᵢ / n}, the weighted mean of McMahan et al. 2017 with
 * every weight 1, so that a site gains nothing by claiming more examples; also the mean whose
 * sensitivity to one site is bounded (McMahan et al., "Learning differentially private recurrent
 * language models", ICLR 2018, section 2.2).
 */
public final class UnweightedMean implements Aggregator {
  @Override
  public int tileValues(int updates) {
    return TILE_VALUES;
  }

  @Override
  public TileFold init(Spec spec) {
    int count = spec.updates().count();
    FixedPointSum sum = new FixedPointSum(spec.format(), spec.tileValues());
    return new TileFold() {
      @Override
      public void begin(int length) {
        sum.reset(length);
      }

      @Override
      public void accumulate(int update, float[] delta) {
        sum.add(delta, 1);
      }

      @Override
      public void finish(double[] aggregate) {
        sum.mean(count, aggregate);
      }
    };
  }
}
