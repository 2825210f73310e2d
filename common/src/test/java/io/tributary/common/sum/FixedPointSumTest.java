package io.tributary.common.sum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.random.CounterRandom;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class FixedPointSumTest {
  private static final FixedPoint FORMAT = FixedPoint.forBounds(16, 1 << 20, 8);

  @Test
  void weightsTwoUpdatesAsComputedByHand() {
    // (1 · 0.5 + 3 · −0.25) / 4 = −0.0625. All exact in binary.
    FixedPointSum sum = new FixedPointSum(FORMAT, 4);
    sum.reset(2);
    sum.add(new float[] {0.5f, 1f}, 1);
    sum.add(new float[] {-0.25f, 1f}, 3);
    double[] out = new double[2];
    sum.mean(4, out);
    assertThat(out).containsExactly(-0.0625, 1);
  }

  @Test
  void resetForgetsTheTileBefore() {
    FixedPointSum sum = new FixedPointSum(FORMAT, 2);
    sum.reset(2);
    sum.add(new float[] {1, 1}, 5);
    sum.reset(1);
    assertThat(sum.sum(0)).isZero();
    assertThatThrownBy(() -> sum.reset(3)).hasMessageContaining("tile length is 3");
    assertThatThrownBy(() -> sum.mean(0, new double[1])).hasMessageContaining("total weight is 0");
  }

  @Property(tries = 200)
  void anyOrderGivesTheSameBitsAndTheErrorBoundHolds(
      @ForAll @IntRange(min = 1, max = 16) int sites, @ForAll long seed) {
    Random random = new Random(seed);
    List<float[]> deltas = new ArrayList<>();
    List<Long> weights = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    long total = 0;
    for (int site = 0; site < sites; site++) {
      deltas.add(
          new float[] {(random.nextFloat() - 0.5f) * 16, (float) (random.nextGaussian() / 1e4)});
      weights.add(1L + random.nextInt(1 << 20));
      total += weights.get(site);
      order.add(site);
    }
    long[] forward = sums(deltas, weights, order);
    Collections.shuffle(order, random);
    assertThat(sums(deltas, weights, order)).isEqualTo(forward);

    for (int i = 0; i < 2; i++) {
      BigDecimal exact = BigDecimal.ZERO;
      for (int site = 0; site < sites; site++) {
        exact =
            exact.add(
                new BigDecimal(deltas.get(site)[i])
                    .multiply(BigDecimal.valueOf(weights.get(site))));
      }
      exact = exact.divide(BigDecimal.valueOf(total), MathContext.DECIMAL128);
      double error =
          exact.subtract(new BigDecimal(FORMAT.mean(forward[i], total))).abs().doubleValue();
      // The bound plus double's own rounding of the mean.
      assertThat(error).isLessThanOrEqualTo(FORMAT.meanErrorBound(sites, total) + 1e-15 * 8);
    }
  }

  @Property
  void addsExactlyTheIntegersOfTheFormatUpToItsBounds(
      @ForAll @FloatRange(min = -8, max = 8) float delta,
      @ForAll @LongRange(min = 1, max = 1 << 20) long weight,
      @ForAll @IntRange(min = 1, max = 2048) int sites) {
    FixedPoint format = FixedPoint.forBounds(sites, 1 << 20, 8); // one site: |q| up to 2^62
    float[] deltas = {delta, -delta, Math.nextUp(delta) / 2, delta * 0x1p-40f, 8, -8, 0};
    FixedPointSum sum = new FixedPointSum(format, deltas.length);
    sum.reset(deltas.length);
    sum.add(deltas, weight);
    for (int i = 0; i < deltas.length; i++) {
      assertThat(sum.sum(i)).isEqualTo(format.quantise(deltas[i], weight));
    }
  }

  @Test
  void aFactorGoesIntoTheWeight() {
    FixedPointSum sum = new FixedPointSum(FORMAT, 3);
    sum.reset(3);
    sum.addScaled(new float[] {1, -3, 0.5f}, 8, 0.25); // as if the weight were 2
    assertThat(sum.sum(0)).isEqualTo(FORMAT.quantise(1, 2));
    assertThat(sum.sum(1)).isEqualTo(FORMAT.quantise(-3, 2));
    assertThat(sum.sum(2)).isEqualTo(FORMAT.quantise(0.5f, 2));
    for (double factor : new double[] {-0.5, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> sum.addScaled(new float[3], 1, factor))
          .hasMessageContaining("factor is " + factor + " but must be 0 to 1");
    }
  }

  @Test
  void twoLevelsOfPartialSumsEqualOne() {
    FixedPointSum all = new FixedPointSum(FORMAT, 1);
    FixedPointSum left = new FixedPointSum(FORMAT, 1);
    FixedPointSum right = new FixedPointSum(FORMAT, 1);
    all.reset(1);
    left.reset(1);
    right.reset(1);
    CounterRandom random = new CounterRandom(1, 2);
    for (int i = 0; i < 10; i++) {
      float[] delta = {(float) random.nextGaussian()};
      all.add(delta, 3 + i);
      (i < 4 ? left : right).add(delta, 3 + i);
    }
    assertThat(left.sum(0) + right.sum(0)).isEqualTo(all.sum(0));
  }

  private static long[] sums(List<float[]> deltas, List<Long> weights, List<Integer> order) {
    FixedPointSum sum = new FixedPointSum(FORMAT, 2);
    sum.reset(2);
    for (int site : order) {
      sum.add(deltas.get(site), weights.get(site));
    }
    return new long[] {sum.sum(0), sum.sum(1)};
  }
}
