package io.tributary.simulation.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.coordinator.fold.AggregationRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldBenchmarkTest {
  @TempDir Path directory;

  @Test
  void timesEveryRuleAndLeavesNothingBehind() throws IOException {
    for (Rule rule : Rule.values()) {
      FoldBenchmark.RuleRate rate =
          FoldBenchmark.rule(directory, FoldBenchmark.rules(rule, 6), 6, 3_000, 1);
      assertThat(rate.rule()).isEqualTo(rule.toString());
      assertThat(rate.seconds()).isPositive();
      assertThat(rate.megabytesPerSecond()).isPositive();
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void choosesParametersThatTheNumberOfUpdatesAllows() {
    assertThat(FoldBenchmark.rules(Rule.KRUM, 100).byzantine()).isEqualTo(20);
    assertThat(FoldBenchmark.rules(Rule.KRUM, 5).byzantine()).isEqualTo(1);
    AggregationRules krum = FoldBenchmark.rules(Rule.KRUM, 2);
    assertThat(krum.byzantine()).isZero();
    assertThatThrownBy(() -> FoldBenchmark.rule(directory, krum, 2, 10, 1))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("needs at least 2 · 0 + 3 = 3 updates, but 2 came");
  }
}
