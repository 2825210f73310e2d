package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CoefficientSumTest {
  @Test
  void addsTheUpdatesThatHaveACoefficientAndForgetsTheTileBefore() {
    CoefficientSum sum = new CoefficientSum(new double[] {0.5, 0, 2}, 4, 8);
    assertThat(sum.needs(0)).isTrue();
    assertThat(sum.needs(1)).isFalse();
    double[] out = new double[8];
    for (int tile = 0; tile < 2; tile++) {
      sum.begin(2);
      sum.accumulate(0, new float[] {4, 8});
      sum.accumulate(2, new float[] {1, -1});
      sum.finish(out);
      assertThat(out).startsWith(1, 0.5);
    }
  }
}
