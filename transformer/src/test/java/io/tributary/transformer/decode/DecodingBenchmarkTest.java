package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class DecodingBenchmarkTest {
  private static final TransformerConfig CONFIG = new TransformerConfig(16, 8, 1, 2, 16, 12);

  @Test
  void ratesAreOfTheRequestedModel() {
    DecodingBenchmark.Result result = DecodingBenchmark.run(CONFIG, 1, 5);
    assertThat(result.parameterCount()).isEqualTo(CONFIG.layout().parameterCount());
    assertThat(result.tokens()).isEqualTo(5);
    assertThat(result.cachedTokensPerSecond())
        .isBetween(result.cachedTokensPerSecondMin(), result.cachedTokensPerSecondMax());
    assertThat(result.uncachedTokensPerSecond()).isPositive();
    assertThat(result.cachedToUncached())
        .isEqualTo(result.cachedTokensPerSecond() / result.uncachedTokensPerSecond());
    assertThat(result.prefillMillis()).isPositive();
    assertThat(result.cacheBytes()).isEqualTo((2 * 2 * 12 + 1) * 4 * 4);
  }

  @Test
  void theContextMustHoldPromptAndTokens() {
    assertThatThrownBy(() -> DecodingBenchmark.run(CONFIG, 1, 12))
        .hasMessageContaining("tokens is 12");
    assertThatThrownBy(() -> DecodingBenchmark.run(CONFIG, 1, 0))
        .hasMessageContaining("tokens is 0");
  }
}
