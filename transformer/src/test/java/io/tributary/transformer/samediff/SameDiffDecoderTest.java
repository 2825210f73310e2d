package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.decode.DecodingEngine;
import io.tributary.transformer.decode.UncachedDecoder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Cached decoding is uncached decoding, for every choice of a block. */
class SameDiffDecoderTest {
  private static final float CLOSE = 1e-4f;

  static Stream<Arguments> everyKind() {
    Map<String, TransformerConfig> all = new LinkedHashMap<>(Variants.decoders());
    all.putAll(Variants.others());
    for (PositionRules.Kind kind : PositionRules.Kind.values()) {
      Variants.attentions()
          .forEach(
              (name, rules) -> {
                // What does not go together.
                boolean latentRotary =
                    rules.kind() == AttentionRules.Kind.LATENT && kind == PositionRules.Kind.ROTARY;
                boolean tiledRelative =
                    rules.tileLength() != null && kind == PositionRules.Kind.RELATIVE;
                if (!latentRotary && !tiledRelative) {
                  all.put(
                      name + ", positions " + kind,
                      Variants.BASE.edit().position(kind).attention(rules).build());
                }
              });
    }
    return all.entrySet().stream()
        .filter(entry -> entry.getValue().stack() != Stack.ENCODER)
        .filter(entry -> entry.getValue().head().kind() == HeadRules.Kind.CAUSAL_LM)
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyKind")
  void cachedLogitsAndGreedyTokensAreTheUncachedOnes(String name, TransformerConfig config) {
    agree(config, 3, 20);
  }

  @Test
  void promptsLongerThanAChunkAreReadInPieces() {
    agree(Variants.BASE.edit().contextLength(80).build(), 3, 100);
  }

  /** Ragged prompts, idle sequences, sequences that change places, contexts that start afresh. */
  private static void agree(TransformerConfig config, int sequences, int steps) {
    float[] parameters = TinyModel.weights(config, 5);
    CounterRandom random = new CounterRandom(7, "tokens");
    try (DecodingEngine cached = new SameDiffDecoder(config, parameters, sequences);
        DecodingEngine uncached =
            new UncachedDecoder(config, parameters, sequences, SameDiffEngine::open)) {
      for (int round = 0; round < 2; round++) { // the second must not see what the first kept
        if (config.stack() == Stack.ENCODER_DECODER) {
          int[][] sources = ragged(config, sequences, random);
          cached.encode(sources);
          uncached.encode(sources);
        }
        int[][] prompts = ragged(config, sequences, random);
        int[] tokens = new int[sequences];
        float[] expected = uncached.prefill(prompts);
        same("prefill", config, cached.prefill(prompts), expected, tokens);
        for (int step = 0; step < steps; step++) {
          if (step % 5 == 4) {
            int[] parents = new int[sequences];
            Arrays.setAll(parents, s -> random.nextInt(sequences));
            cached.reorder(parents);
            uncached.reorder(parents);
            expected = null;
          }
          for (int s = 0; s < sequences; s++) {
            boolean idle = random.nextInt(5) == 0;
            // Greedy where it can be, so that texts would grow apart if tokens differed.
            boolean greedy = expected != null && tokens[s] != DecodingEngine.IDLE;
            int token =
                greedy ? likeliest(config, expected, s) : random.nextInt(config.vocabularySize());
            tokens[s] = idle ? DecodingEngine.IDLE : token;
          }
          expected = uncached.step(tokens);
          same("step " + step, config, cached.step(tokens), expected, tokens);
        }
      }
    }
  }

  /** The first longer than the context, the last of one token. */
  private static int[][] ragged(TransformerConfig config, int sequences, CounterRandom random) {
    int[][] texts = new int[sequences][];
    for (int s = 0; s < sequences; s++) {
      int most = config.contextLength() + 2;
      texts[s] = new int[1 + (most - 1) * (sequences - 1 - s) / Math.max(1, sequences - 1)];
      Arrays.setAll(texts[s], i -> random.nextInt(config.vocabularySize()));
    }
    return texts;
  }

  private static void same(
      String what, TransformerConfig config, float[] cached, float[] uncached, int[] tokens) {
    int vocabulary = config.vocabularySize();
    for (int s = 0; s < tokens.length; s++) {
      if (tokens[s] == DecodingEngine.IDLE) {
        continue;
      }
      for (int v = s * vocabulary; v < (s + 1) * vocabulary; v++) {
        assertThat(cached[v])
            .as("%s, sequence %d, logit %d", what, s, v % vocabulary)
            .isCloseTo(uncached[v], within(CLOSE));
      }
      assertThat(likeliest(config, cached, s))
          .as("%s, sequence %d, greedy token", what, s)
          .isEqualTo(likeliest(config, uncached, s));
    }
  }

  private static int likeliest(TransformerConfig config, float[] logits, int sequence) {
    int from = sequence * config.vocabularySize();
    int best = from;
    for (int i = from; i < from + config.vocabularySize(); i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best - from;
  }

  @Test
  void cacheMemoryFollowsFromTheKindOfAttention() {
    TransformerConfig base = Variants.BASE; // d 8, 2 layers, 4 heads of 2, 6 positions
    long values = Float.BYTES * 2L;
    assertThat(bytes(base)).isEqualTo(values * (3 * 8 * 6 + 1) * 2);
    assertThat(bytes(base.edit().attention(AttentionRules.grouped(2)).build()))
        .isEqualTo(values * (3 * 4 * 6 + 1) * 2);
    assertThat(bytes(base.edit().attention(Variants.attentions().get("multi-query")).build()))
        .isEqualTo(values * (3 * 2 * 6 + 1) * 2);
    assertThat(bytes(base.edit().attention(AttentionRules.latent(3, null)).build()))
        .as("the latent alone, three values a position")
        .isEqualTo(values * (3 * 6 + 1) * 3);
    assertThat(bytes(base.edit().stack(Stack.ENCODER_DECODER).build()))
        .as("and the source's keys and values")
        .isEqualTo(values * (3 * 8 * 6 + 1) * 2 + values * 3 * 8 * 6 * 2);
  }

  private static long bytes(TransformerConfig config) {
    try (DecodingEngine engine = new SameDiffDecoder(config, TinyModel.weights(config, 1), 3)) {
      return engine.cacheBytes();
    }
  }

  @Test
  void badUseIsRefused() {
    TransformerConfig config = Variants.BASE;
    float[] parameters = TinyModel.weights(config, 5);
    assertThatThrownBy(() -> new SameDiffDecoder(config, new float[3], 1))
        .hasMessageContaining("parameters have 3 values");
    assertThatThrownBy(() -> new SameDiffDecoder(config, parameters, 0))
        .hasMessageContaining("number of sequences is 0");
    try (DecodingEngine engine = new SameDiffDecoder(config, parameters, 1)) {
      assertThatThrownBy(() -> engine.encode(new int[][] {{1}}))
          .hasMessageContaining("only an encoder-decoder has a source");
      assertThatThrownBy(() -> engine.prefill(new int[][] {{12}}))
          .hasMessageContaining("token 12 is outside of the vocabulary of 12");
      assertThatThrownBy(() -> engine.step(new int[] {1, 2})).hasMessageContaining("2 tokens");
    }
  }
}
