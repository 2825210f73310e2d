package io.tributary.coordinator.round;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RoundPlanTest {
  @Test
  void refusesAQuorumAboveTheCohortWithBothNumbers() {
    assertThatThrownBy(() -> Rounds.plan(10, 10, 12, 1))
        .hasMessage("round.quorum is 12: it must be 1 to round.cohort, 10");
  }

  @Test
  void refusesToAskFewerSitesThanTheCohort() {
    assertThatThrownBy(() -> Rounds.plan(10, 9, 5, 1)).hasMessageContaining("selected sites is 9");
  }

  @Test
  void refusesZeroAttempts() {
    assertThatThrownBy(() -> Rounds.plan(1, 1, 1, 0)).hasMessageContaining("max-attempts is 0");
  }
}
