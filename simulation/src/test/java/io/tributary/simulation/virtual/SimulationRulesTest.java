package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import org.junit.jupiter.api.Test;

class SimulationRulesTest {
  private static final JobSpec JOB = Jobs.tiny(9, 7);

  private static JobSpec fit(int sites, double dropout, Integer cohort, Integer quorum) {
    return SimulationRules.fit(JOB, sites, dropout, null, null, cohort, quorum);
  }

  @Test
  void theJobsCohortAndQuorumStayWhereTheSitesAllowThem() {
    assertThat(fit(100, 0, null, null)).isEqualTo(JOB);
    assertThat(fit(9, 0, null, null)).isEqualTo(JOB);
  }

  @Test
  void fewerSitesShrinkTheCohortAndTheQuorumWithIt() {
    JobSpec fitted = fit(4, 0, null, null);
    assertThat(fitted.round().cohort()).isEqualTo(4);
    assertThat(fitted.round().quorum()).isEqualTo(4); // 7 of 9, rounded up: 3.1
  }

  @Test
  void dropoutLowersTheQuorumToHalfOfWhatIsExpected() {
    assertThat(fit(100, 0.1, 100, null).round().quorum()).isEqualTo(45);
    assertThat(fit(9, 0.5, null, null).round().quorum()).isEqualTo(2);
    assertThat(fit(1, 0.5, null, null).round().quorum()).isEqualTo(1);
  }

  @Test
  void whatIsStatedCounts() {
    JobSpec fitted = SimulationRules.fit(JOB, 20, 0.1, 77L, 3, 12, 5);
    assertThat(fitted.seed()).isEqualTo(77);
    assertThat(fitted.rounds()).isEqualTo(3);
    assertThat(fitted.round().cohort()).isEqualTo(12);
    assertThat(fitted.round().quorum()).isEqualTo(5);
  }

  @Test
  void theChanceToCompleteIsTheBinomialsOne() {
    JobSpec once = Jobs.withAttempts(JOB, 1).with(1, 1, Jobs.withAttempts(JOB, 1).round());
    // Two of three with one half: (3 + 1) / 8.
    assertThat(SimulationRules.chanceToComplete(once, 3, 2, 0.5)).isCloseTo(0.5, within(1e-12));
    assertThat(SimulationRules.chanceToComplete(once, 3, 3, 0)).isEqualTo(1);
    JobSpec twice = Jobs.withAttempts(once, 2);
    // Each is lost only if it drops out twice: 1 - 1/4.
    assertThat(SimulationRules.chanceToComplete(twice, 1, 1, 0.5)).isCloseTo(0.75, within(1e-12));
    assertThat(SimulationRules.chanceToComplete(twice, 100_000, 60_000, 0.5))
        .isCloseTo(1, within(1e-9));
  }

  @Test
  void aQuorumThatDropoutCannotMeetIsRefusedWithTheOneThatCould() {
    assertThatThrownBy(() -> fit(9, 0.9, null, 9))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--dropout is 0.9 and the quorum is 9 of 9")
        .hasMessageMatching(".*state --quorum [1-8] or less.*");
    assertThatThrownBy(() -> fit(1, 0.99, null, null))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("ask more sites by --cohort");
  }

  @Test
  void numbersOutOfRangeAreNamed() {
    for (double bad : new double[] {1, 1.5, -0.1, Double.NaN}) {
      assertThatThrownBy(() -> fit(9, bad, null, null))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("--dropout is " + bad);
    }
    assertThatThrownBy(() -> fit(0, 0, null, null)).hasMessageContaining("--sites is 0");
    assertThatThrownBy(() -> fit(5, 0, 6, null)).hasMessageContaining("--cohort is 6");
    assertThatThrownBy(() -> fit(5, 0, 4, 5)).hasMessageContaining("--quorum is 5");
    assertThatThrownBy(() -> SimulationRules.fit(JOB, 5, 0, null, 0, null, null))
        .hasMessageContaining("rounds is 0");
  }
}
