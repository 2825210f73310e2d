package io.tributary.common.sum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class FixedPointTest {
  @Test
  void scaleFollowsTheFormulaOnPowersOfTwoAndBetween() {
    // N·W·R = 1 · 2^20 · 8 = 2^23 exactly; 2 sites 2^24; 3 sites need ⌈24.58⌉ = 25 bits.
    assertThat(FixedPoint.forBounds(1, 1 << 20, 8).scaleBits()).isEqualTo(39);
    assertThat(FixedPoint.forBounds(2, 1 << 20, 8).scaleBits()).isEqualTo(38);
    assertThat(FixedPoint.forBounds(3, 1 << 20, 8).scaleBits()).isEqualTo(37);
  }

  @Test
  void refusesBoundsThatLeaveTooFewBitsWithTheNumbers() {
    assertThatThrownBy(() -> FixedPoint.forBounds(1000, 1L << 40, 8))
        .hasMessageContaining("1000 sites")
        .hasMessageContaining("leaves 9 after the point, but at least 20 are needed");
    assertThatThrownBy(() -> FixedPoint.forBounds(1, 1, Double.POSITIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FixedPoint.forBounds(0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void theLargestSumWithinTheBoundsCannotOverflow(
      @ForAll @IntRange(min = 1, max = 100_000) int sites,
      @ForAll @LongRange(min = 1, max = 1 << 20) long maxWeight,
      @ForAll @DoubleRange(min = 0.01, max = 8) double maxAbs) {
    FixedPoint format = FixedPoint.forBounds(sites, maxWeight, maxAbs);
    // The largest float within the bound, as the coordinator's check admits it.
    float largest = (float) maxAbs;
    if (largest > maxAbs) {
      largest = Math.nextDown(largest);
    }
    long one = format.quantise(largest, maxWeight);
    // Math.multiplyExact throws on overflow: it must not.
    assertThat(Math.multiplyExact(one, (long) sites)).isPositive();
    assertThat(format.quantise(-largest, maxWeight)).isEqualTo(-one);
  }

  @Property
  void quantisingRoundsToTheNearestInteger(
      @ForAll @FloatRange(min = -8, max = 8) float delta,
      @ForAll @LongRange(min = 1, max = 1 << 20) long weight) {
    FixedPoint format = FixedPoint.forBounds(10, 1 << 20, 8);
    BigDecimal exact =
        new BigDecimal(delta)
            .multiply(BigDecimal.valueOf(weight))
            .multiply(BigDecimal.valueOf(1L << format.scaleBits()));
    BigDecimal error = exact.subtract(BigDecimal.valueOf(format.quantise(delta, weight))).abs();
    assertThat(error).isLessThanOrEqualTo(new BigDecimal("0.5"));
  }
}
