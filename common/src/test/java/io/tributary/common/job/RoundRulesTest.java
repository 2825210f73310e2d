package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RoundRulesTest {
  @Test
  void quorumDefaultsToTheCohortAndSelectionIsRoundedUp() {
    RoundRules rules = new RoundRules(5, 1.3, null, null, null, null, null, null);
    assertThat(rules.quorum()).isEqualTo(5);
    assertThat(rules.selectedSites()).isEqualTo(7);
    RoundRules exact = new RoundRules(10, 1.1, null, null, null, null, null, null);
    assertThat(exact.selectedSites()).isEqualTo(11);
  }

  @Test
  void aQuorumAboveTheCohortSaysWhichOfTheTwoToChange() {
    assertThatThrownBy(() -> new RoundRules(10, null, 12, null, null, null, null, null))
        .hasMessage(
            "round.quorum is 12 but round.cohort is 10: lower round.quorum or raise round.cohort");
  }
}
