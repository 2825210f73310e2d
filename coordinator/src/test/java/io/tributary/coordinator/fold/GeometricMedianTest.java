package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeometricMedianTest {
  @Test
  void findsTheFermatPointOfATriangle() {
    // Of (0, 0), (1, 0), (0, 1) both coordinates are (3 − √3) / 6.
    List<FoldInput> corners =
        List.of(
            MemoryUpdates.input(5, 0, 0),
            MemoryUpdates.input(5, 1, 0),
            MemoryUpdates.input(5, 0, 1));
    double fermat = (3 - Math.sqrt(3)) / 6;
    assertThat(MemoryUpdates.aggregate(new GeometricMedian(1000), corners, 2, 1))
        .containsExactly(new double[] {fermat, fermat}, within(1e-6));
  }

  @Test
  void oneStepIsTheWeiszfeldStepFromTheWeightedMean() {
    // The mean of 0 (weight 3) and 4 (weight 1) is 1; β = 3/4 / 1 and 1/4 / 3; 4 · (1/12) /
    // (10/12).
    List<FoldInput> inputs = List.of(MemoryUpdates.input(3, 0f), MemoryUpdates.input(1, 4f));
    assertThat(MemoryUpdates.aggregate(new GeometricMedian(1), inputs))
        .isEqualTo(0.4, within(1e-15));
  }

  @Test
  void anUpdateWithMoreThanHalfOfTheWeightIsTheMedian() {
    List<FoldInput> inputs =
        List.of(
            MemoryUpdates.input(6, 1, 2),
            MemoryUpdates.input(3, -8, 8),
            MemoryUpdates.input(2, 8, 8));
    assertThat(MemoryUpdates.aggregate(new GeometricMedian(1000), inputs, 2, 2))
        .containsExactly(new double[] {1, 2}, within(1e-4));
  }

  @Test
  void howFarAwayAMinorityLiesHardlyMatters() {
    List<FoldInput> near = new ArrayList<>(MemoryUpdates.single(0, 0.1f, 0.2f, 0.3f, 0.4f));
    List<FoldInput> far = new ArrayList<>(near);
    near.addAll(MemoryUpdates.single(2, 2.1f));
    far.addAll(MemoryUpdates.single(2_000, 2_001));
    GeometricMedian rule = new GeometricMedian(1000);
    assertThat(MemoryUpdates.aggregate(rule, far))
        .isEqualTo(MemoryUpdates.aggregate(rule, near), within(0.02))
        .isBetween(0.0, 0.4);
  }
}
