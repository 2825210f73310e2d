package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class TrainingBenchmarkTest {

  @Test
  void arithmeticOfTheReferenceModelIsCountedByHand() {
    TransformerConfig config = TransformerConfig.preset("gpt-tiny").withVocabularySize(96);
    // 1,024 rows; 4 layers of 196,608 weights and 2·64·128 for attention; a head of 128·96.
    double expected = 6.0 * 1024 * (4 * (196_608 + 16_384) + 12_288);
    assertThat(TrainingBenchmark.flopsPerStep(config, 16)).isCloseTo(expected, within(1.0));
    assertThat(expected / 1e9).isCloseTo(5.31, within(0.01));
  }

  @Test
  void resultIsConsistentWithItself() {
    TransformerConfig config = new TransformerConfig(96, 16, 1, 2, 32, 8);
    TrainingBenchmark.Result result = TrainingBenchmark.run(config, 2, 1, 5);
    assertThat(result.parameterCount()).isEqualTo(config.layout().parameterCount());
    assertThat(result.stepMillisMedian())
        .isBetween(result.stepMillisMin(), result.stepMillisMax())
        .isPositive();
    assertThat(result.tokensPerSecond())
        .isCloseTo(16 / result.stepMillisMedian() * 1e3, within(1e-6));
    assertThat(result.sgemmPeakGflopsPerSecond()).isGreaterThan(result.gflopsPerSecond());
    assertThat(result.shareOfSgemmPeak()).isBetween(0.0, 1.0);
    assertThatThrownBy(() -> TrainingBenchmark.run(config, 2, 1, 4))
        .hasMessageContaining("steps is 4");
    assertThatThrownBy(() -> TrainingBenchmark.run(config, 2, 0, 5))
        .hasMessageContaining("threads is 0");
  }
}
