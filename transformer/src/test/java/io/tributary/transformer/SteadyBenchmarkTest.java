package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class SteadyBenchmarkTest {

  @Test
  void aThousandStepsHoldTheirMemory() {
    TransformerConfig config =
        new TransformerConfig(32, 16, 2, 2, 16, 16)
            .edit()
            .feedForward(FeedForwardRules.experts(4, 2))
            .build();
    SteadyBenchmark.Result result = SteadyBenchmark.run(config, 2, 1, 1000);
    assertThat(result.growth()).isLessThan(0.05);
    assertThat(result.lastLoss()).as("one batch, learned by heart").isLessThan(result.firstLoss());
    assertThat(result.residentBytesMost()).isGreaterThanOrEqualTo(result.residentBytesBefore());
  }

  @Test
  void stepsAreNeeded() {
    assertThatThrownBy(() -> SteadyBenchmark.run(new TransformerConfig(8, 8, 1, 2, 8, 8), 1, 1, 0))
        .hasMessageContaining("steps is 0");
  }
}
