package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class SteadyBenchmarkTest {

  @Test
  void stepsOfExpertsAndTilesAreCountedAndLearn() {
    TransformerConfig config =
        new TransformerConfig(32, 16, 2, 2, 16, 16)
            .edit()
            .attention(AttentionRules.MULTI_HEAD.tiled(8))
            .feedForward(FeedForwardRules.experts(4, 2))
            .build();
    SteadyBenchmark.Result result = SteadyBenchmark.run(config, 2, 1, 100);
    // Of so small a model nearly all is the virtual machine's, which comes and goes.
    assertThat(result.growth()).isBetween(0.0, 0.5);
    assertThat(result.lastLoss()).as("one batch, learned by heart").isLessThan(result.firstLoss());
    assertThat(result.residentBytesMost()).isGreaterThanOrEqualTo(result.residentBytesBefore());
  }

  @Test
  void stepsAreNeeded() {
    assertThatThrownBy(() -> SteadyBenchmark.run(new TransformerConfig(8, 8, 1, 2, 8, 8), 1, 1, 0))
        .hasMessageContaining("steps is 0");
  }
}
