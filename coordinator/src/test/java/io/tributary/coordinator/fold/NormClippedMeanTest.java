package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NormClippedMeanTest {
  @Test
  void scalesAnUpdateBeyondTheNormDownToItAndLeavesTheOthers() {
    // (3, 4) has norm 5 and becomes (1.5, 2): (1 · 1.5 + 3 · 0.25) / 4, (1 · 2 + 3 · 0.5) / 4.
    List<FoldInput> inputs =
        List.of(MemoryUpdates.input(1, 3, 4), MemoryUpdates.input(3, 0.25f, 0.5f));
    assertThat(MemoryUpdates.aggregate(new NormClippedMean(2.5), inputs, 2, 1))
        .containsExactly(new double[] {0.5625, 0.875}, within(1e-10));
  }

  @Test
  void updatesWithinTheNormCountBitForBitAsInTheWeightedMean() {
    List<FoldInput> inputs = MemoryUpdates.random(new Random(3), 12, 500);
    assertThat(MemoryUpdates.aggregate(new NormClippedMean(1e6), inputs, 500, 64))
        .isEqualTo(MemoryUpdates.aggregate(new WeightedMean(), inputs, 500, 64));
  }

  @Test
  void aLyingUpdateMovesTheMeanByItsShareOfTheNormAtMost() {
    List<FoldInput> inputs = List.of(MemoryUpdates.input(1, 0f), MemoryUpdates.input(1, -8f));
    assertThat(MemoryUpdates.aggregate(new NormClippedMean(0.5), inputs)).isEqualTo(-0.25);
  }

  @Test
  void refusesANormThatIsNotFiniteAndAboveZero() {
    for (double norm : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new NormClippedMean(norm))
          .hasMessageContaining("aggregation.clipping-norm is " + norm);
    }
  }
}
