package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPointSum;

/**
 * Federated averaging over deltas: {@code Σ wᵢ·deltaᵢ / Σ wᵢ} (McMahan et al.,
 * "Communication-efficient learning of deep networks from decentralized data", AISTATS 2017,
 * algorithm 1, with the number of examples as weight).
 *
 * <p>The sum is fixed point, so every order of the sites gives the same bits.
 */
public final class WeightedMean implements Aggregator {
  @Override
  public int tileValues(int updates) {
    return TILE_VALUES;
  }

  @Override
  public TileFold init(Spec spec) {
    UpdateTiles updates = spec.updates();
    long totalWeight = updates.totalWeight();
    FixedPointSum sum = new FixedPointSum(spec.format(), spec.tileValues());
    return new TileFold() {
      @Override
      public void begin(int length) {
        sum.reset(length);
      }

      @Override
      public void accumulate(int update, float[] delta) {
        sum.add(delta, updates.weight(update));
      }

      @Override
      public void finish(double[] aggregate) {
        sum.mean(totalWeight, aggregate);
      }
    };
  }
}
