package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPointSum;
import java.io.IOException;

/**
 * The weighted mean of updates that the coordinator clips first: {@code Σ wᵢ·deltaᵢ·min(1,
 * C/‖deltaᵢ‖) / Σ wᵢ} (Sun et al., "Can you really backdoor federated learning?", 2019, section 4,
 * norm thresholding). A first pass over all updates takes their L2 norms.
 *
 * <p>The factor goes into the weight before the one rounding of the fixed-point sum, so an update
 * within the norm counts bit for bit as in the weighted mean.
 */
public final class NormClippedMean implements Aggregator {
  private final double clippingNorm;

  /** Clips to an L2 norm that is finite and above zero. */
  public NormClippedMean(double clippingNorm) {
    if (!(clippingNorm > 0) || Double.isInfinite(clippingNorm)) {
      throw new IllegalArgumentException(
          "aggregation.clipping-norm is " + clippingNorm + " but must be finite and above 0");
    }
    this.clippingNorm = clippingNorm;
  }

  @Override
  public int tileValues(int updates) {
    return TILE_VALUES;
  }

  @Override
  public TileFold init(Spec spec) throws IOException {
    UpdateTiles updates = spec.updates();
    double[] factors = UpdateNorms.of(updates);
    for (int i = 0; i < factors.length; i++) {
      factors[i] = factors[i] > clippingNorm ? clippingNorm / factors[i] : 1;
    }
    long totalWeight = updates.totalWeight();
    FixedPointSum sum = new FixedPointSum(spec.format(), spec.tileValues());
    return new TileFold() {
      @Override
      public void begin(int length) {
        sum.reset(length);
      }

      @Override
      public void accumulate(int update, float[] delta) {
        sum.addScaled(delta, updates.weight(update), factors[update]);
      }

      @Override
      public void finish(double[] aggregate) {
        sum.mean(totalWeight, aggregate);
      }
    };
  }
}
