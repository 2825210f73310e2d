package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SiteStepsTest {
  @Test
  void aRangeThatHoldsNothingIsRefused() {
    assertThatThrownBy(() -> new SiteSteps(10, 9))
        .hasMessageContaining("local.site-steps.most is 9 but must be 10 to");
    assertThatThrownBy(() -> new SiteSteps(0, 9)).hasMessageContaining("local.site-steps.least");
    assertThatThrownBy(() -> new SiteSteps(null, 9)).hasMessageContaining("is missing");
  }
}
