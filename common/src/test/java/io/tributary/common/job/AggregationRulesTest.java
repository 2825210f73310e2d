package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules.Rule;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AggregationRulesTest {
  private static AggregationRules read(String yaml) {
    return ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), AggregationRules.class, "the rules");
  }

  @Test
  void theWeightedMeanIsTheDefault() {
    assertThat(AggregationRules.DEFAULT.rule()).isEqualTo(Rule.WEIGHTED_MEAN);
    assertThat(AggregationRules.DEFAULT.fewestUpdates()).isEqualTo(1);
  }

  @Test
  void anUnknownRuleIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> read("rule: mode"))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("mode")
        .hasMessageContaining("multi-krum");
  }

  @ParameterizedTest
  @CsvSource({
    "'{rule: median, byzantine: 1}', aggregation.byzantine is 1 but the rule median does not",
    "'{trim-share: 0.2}', aggregation.trim-share is 0.2 but the rule weighted-mean does not",
    "'{rule: krum, byzantine: 1, keep: 2}', aggregation.keep is 2 but the rule krum does not",
    "'{rule: krum}', aggregation.byzantine is missing",
    "'{rule: norm-clipped-mean}', aggregation.clipping-norm is missing",
    "'{rule: norm-clipped-mean, clipping-norm: 0.0}', aggregation.clipping-norm is 0.0",
    "'{rule: trimmed-mean, trim-share: 0.5}', aggregation.trim-share is 0.5",
    "'{rule: geometric-median, max-iterations: 0}', aggregation.max-iterations is 0",
  })
  void whatDoesNotFitIsRefusedWithItsName(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message);
  }

  @Test
  void krumNeedsTwiceAsManyUpdatesAsMayBeArbitraryAndThreeMore() {
    AggregationRules krum = read("{rule: krum, byzantine: 2}");
    assertThat(krum.fewestUpdates()).isEqualTo(7);
    krum.requireQuorum(7);
    assertThatThrownBy(() -> krum.requireQuorum(6))
        .hasMessageContaining("round.quorum is 6 but the rule krum needs 7 updates");
    assertThat(read("{rule: multi-krum, byzantine: 1, keep: 9}").fewestUpdates()).isEqualTo(9);
  }

  @Test
  void aRuleThatComparesUpdatesTakesABoundedCohort() {
    AggregationRules median = read("rule: median");
    median.requireCohort(2048);
    assertThatThrownBy(() -> median.requireCohort(2049))
        .hasMessageContaining("round.cohort is 2049 but the rule median compares")
        .hasMessageContaining("at most 2048");
    AggregationRules.DEFAULT.requireCohort(RoundRules.MAX_COHORT);
  }
}
