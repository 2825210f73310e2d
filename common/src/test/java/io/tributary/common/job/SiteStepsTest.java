package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SiteStepsTest {
  @Test
  void aRangeThatHoldsNothingIsRefused() {
    assertThatThrownBy(() -> new SiteSteps(10, 9))
        .hasMessageContaining("local.site-steps.most is 9 but must be 10 to");
    assertThatThrownBy(() -> new SiteSteps(0, 9)).hasMessageContaining("local.site-steps.least");
    assertThatThrownBy(() -> new SiteSteps(null, 9)).hasMessageContaining("is missing");
  }

  private static LocalTraining local(Integer epochs, Integer steps) {
    SiteSteps range = new SiteSteps(20, 200);
    return new LocalTraining(null, 0.1, null, null, null, null, 4, epochs, steps, null, range);
  }

  @ParameterizedTest
  @ValueSource(ints = {19, 201})
  void theJobsOwnNumberIsOneThatASiteCouldChoose(int steps) {
    assertThatThrownBy(() -> local(null, steps))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("local.steps is " + steps + " but local.site-steps are 20 to 200")
        .hasMessageContaining("change local.steps or widen local.site-steps");
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 100, 200})
  void theBoundsAreWithinTheRange(int steps) {
    assertThat(local(null, steps).steps()).isEqualTo(steps);
    assertThat(local(null, 100).withSteps(steps).steps()).isEqualTo(steps);
  }

  @Test
  void epochsAreNotComparedWithTheRange() {
    assertThat(local(1, null).epochs()).isEqualTo(1);
  }
}
