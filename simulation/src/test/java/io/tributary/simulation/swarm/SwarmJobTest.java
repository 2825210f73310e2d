package io.tributary.simulation.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.ServerRules;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class SwarmJobTest {
  private static SwarmOptions options(int clients, long parameters, AggregationRules rules) {
    return new SwarmOptions(clients, parameters, 1, 2, rules, ServerRules.DEFAULT, 1);
  }

  private static JobSpec job(long parameters) {
    return SwarmJob.of(options(4, parameters, AggregationRules.DEFAULT));
  }

  @Property(tries = 200)
  void modelsUpToAHundredMillionParametersHaveExactlyAsManyAsWereAskedFor(
      @ForAll @LongRange(min = SwarmOptions.MIN_PARAMETERS, max = 100_000_000) long parameters) {
    assertThat(SwarmJob.updateValues(job(parameters))).isEqualTo((int) parameters);
  }

  @Example
  void veryLargeModelsComeWithinAThousandth() {
    assertThat((double) SwarmJob.updateValues(job(600_000_000)))
        .isCloseTo(600_000_000, within(600_000.0));
    assertThat((double) SwarmJob.updateValues(job(SwarmOptions.MAX_PARAMETERS)))
        .isCloseTo(1e9, within(1e6));
  }

  @Example
  void everyClientTakesPartInEveryRound() {
    JobSpec job = SwarmJob.of(options(7, 20_000, AggregationRules.DEFAULT));
    assertThat(job.round().cohort()).isEqualTo(7);
    assertThat(job.round().quorum()).isEqualTo(7);
    assertThat(job.rounds()).isEqualTo(3);
  }

  @Example
  void aRuleThatNeedsMoreSitesIsRefused() {
    AggregationRules krum =
        new AggregationRules(AggregationRules.Rule.KRUM, null, 1, null, null, null);
    assertThatThrownBy(() -> SwarmJob.of(options(4, 20_000, krum)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("round.quorum is 4")
        .hasMessageContaining("needs 5 updates");
  }

  @Example
  void optionsBeyondTheirBoundsAreRefusedWithBoth() {
    assertThatThrownBy(() -> options(2_049, 20_000, AggregationRules.DEFAULT))
        .hasMessage("clients is 2049 but must be 1 to 2048");
    assertThatThrownBy(() -> options(4, 10, AggregationRules.DEFAULT))
        .hasMessageContaining("params is 10 but must be 2500 to");
  }
}
