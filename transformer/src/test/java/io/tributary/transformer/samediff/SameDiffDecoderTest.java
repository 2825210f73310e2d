package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.decode.DecodingEngine;
import io.tributary.transformer.decode.UncachedDecoder;
import org.junit.jupiter.api.Test;

class SameDiffDecoderTest {
  private static final int V = 11;

  private static TransformerConfig model() {
    return new TransformerConfig(V, 8, 2, 2, 12, 40);
  }

  @Test
  void cachedLogitsAreTheUncachedOnes() {
    agree(model(), 3, 120);
  }

  /** Ragged prompts, one longer than a chunk; steps with idle sequences; beyond the context. */
  static void agree(TransformerConfig config, int sequences, int steps) {
    float[] parameters = TinyModel.weights(config, 5);
    CounterRandom random = new CounterRandom(7, "tokens");
    try (DecodingEngine cached = new SameDiffDecoder(config, parameters, sequences);
        DecodingEngine uncached =
            new UncachedDecoder(config, parameters, sequences, SameDiffEngine::open)) {
      int[][] prompts = new int[sequences][];
      for (int s = 0; s < sequences; s++) {
        prompts[s] = new int[1 + (s * 35) % 50];
        for (int i = 0; i < prompts[s].length; i++) {
          prompts[s][i] = random.nextInt(V);
        }
      }
      int[] tokens = new int[sequences];
      same("prefill", cached.prefill(prompts), uncached.prefill(prompts), tokens);
      for (int step = 0; step < steps; step++) {
        for (int s = 0; s < sequences; s++) {
          tokens[s] = random.nextInt(5) == 0 ? DecodingEngine.IDLE : random.nextInt(V);
        }
        if (step % 17 == 16) {
          int[] parents = new int[sequences];
          for (int s = 0; s < sequences; s++) {
            parents[s] = random.nextInt(sequences);
          }
          cached.reorder(parents);
          uncached.reorder(parents);
        }
        same("step " + step, cached.step(tokens), uncached.step(tokens), tokens);
      }
    }
  }

  private static void same(String what, float[] cached, float[] uncached, int[] tokens) {
    for (int s = 0; s < tokens.length; s++) {
      for (int v = 0; tokens[s] != DecodingEngine.IDLE && v < V; v++) {
        assertThat(cached[s * V + v])
            .as("%s, sequence %d, logit %d", what, s, v)
            .isCloseTo(uncached[s * V + v], within(1e-4f));
      }
    }
  }

  @Test
  void badUseIsRefused() {
    TransformerConfig config = model();
    float[] parameters = TinyModel.weights(config, 5);
    assertThatThrownBy(() -> new SameDiffDecoder(config, new float[3], 1))
        .hasMessageContaining("parameters have 3 values");
    try (DecodingEngine engine = new SameDiffDecoder(config, parameters, 1)) {
      assertThatThrownBy(() -> engine.encode(new int[][] {{1}}))
          .hasMessageContaining("only an encoder-decoder has a source");
      assertThatThrownBy(() -> engine.prefill(new int[][] {{V}})).hasMessageContaining("token 11");
      assertThat(engine.cacheBytes()).isEqualTo(2 * (2 * 2 * 40 + 1) * 4 * 4);
    }
  }
}
