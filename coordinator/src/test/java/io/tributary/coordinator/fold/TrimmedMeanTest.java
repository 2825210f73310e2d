package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TrimmedMeanTest {
  @Test
  void leavesOutTheShareOfEachEnd() {
    // Of 5, ⌊0.2 · 5⌋ = 1 at each end: (2 + 3 + 7) / 3.
    assertThat(
            MemoryUpdates.aggregate(
                new TrimmedMean(0.2), MemoryUpdates.single(-1000, 7, 2, 1000, 3)))
        .isEqualTo(4);
    // Of 4, ⌊0.2 · 4⌋ = 0.
    assertThat(MemoryUpdates.aggregate(new TrimmedMean(0.2), MemoryUpdates.single(-4, 1, 2, 9)))
        .isEqualTo(2);
  }

  @Test
  void theLargestShareLeavesTheMedian() {
    assertThat(MemoryUpdates.aggregate(new TrimmedMean(0.49), MemoryUpdates.single(5, 1, 9)))
        .isEqualTo(5);
  }

  @Test
  void countsTheShareInDecimalAndAlwaysLeavesSomething() {
    assertThat(new TrimmedMean(0.29).cut(100)).isEqualTo(29); // 28.999999999999996 in double
    assertThat(new TrimmedMean(0.3).cut(10)).isEqualTo(3);
    TrimmedMean most = new TrimmedMean(Math.nextDown(0.5));
    for (int updates = 1; updates <= 2048; updates++) {
      assertThat(2 * most.cut(updates)).isLessThan(updates);
    }
  }

  @Test
  void refusesAShareThatLeavesNothing() {
    assertThatThrownBy(() -> new TrimmedMean(0.5))
        .hasMessageContaining("aggregation.trim-share is 0.5 but must be from 0 to below 0.5");
    assertThatThrownBy(() -> new TrimmedMean(Double.NaN)).hasMessageContaining("NaN");
  }
}
