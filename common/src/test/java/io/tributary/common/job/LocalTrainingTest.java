package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LocalTrainingTest {
  private static LocalTraining training(LocalTraining.Schedule schedule, Double last) {
    return new LocalTraining(null, 0.003, last, schedule, null, null, null, 1, null);
  }

  @Test
  void cosineStartsAtTheFirstRateAndEndsAtTheLast() {
    LocalTraining training = training(null, 0.0003);
    assertThat(training.learningRate(1, 7)).isEqualTo(0.003);
    assertThat(training.learningRate(4, 7)).isCloseTo(0.00165, within(1e-15));
    assertThat(training.learningRate(7, 7)).isCloseTo(0.0003, within(1e-15));
  }

  @Test
  void linearMovesInEqualSteps() {
    LocalTraining training = training(LocalTraining.Schedule.LINEAR, 0.001);
    assertThat(training.learningRate(2, 3)).isCloseTo(0.002, within(1e-15));
  }

  @Test
  void withoutAFinalRateTheRateStays() {
    LocalTraining training = training(null, null);
    assertThat(training.learningRate(5, 9)).isEqualTo(0.003);
    assertThat(training.learningRate(1, 1)).isEqualTo(0.003);
  }
}
