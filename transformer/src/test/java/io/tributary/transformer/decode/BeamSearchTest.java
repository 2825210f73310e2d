package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.random.CounterRandom;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BeamSearchTest {
  private static final PieceText LETTERS = PieceText.of("a", "b", "c", "d");

  /**
   * From a: b (0.6) looks better than c (0.4), but after b all is unlikely (ends with 0.3), while c
   * ends with 0.9: 0.6 · 0.4 = 0.24 for "bd…" and less for "b", 0.36 for "c".
   */
  private static final float[][] GARDEN_PATH =
      MarkovEngine.logarithms(
          new double[][] {
            {1e-9, .6, .4, 1e-9, 1e-9},
            {.15, .15, 1e-9, .4, .3},
            {.05, 1e-9, 1e-9, .05, .9},
            {1e-9, 1e-9, .5, .5, 1e-9},
            {.2, .2, .2, .2, .2},
          });

  @Test
  void findsTheOptimumThatGreedyMisses() {
    assertThat(search(GARDEN_PATH, new BeamSettings(1, 0, 1), 6).text()).startsWith("bd");
    GeneratedText found = search(GARDEN_PATH, new BeamSettings(2, 0, 1), 6);
    assertThat(found.text()).isEqualTo("c");
    assertThat(found.tokens()).containsExactly(2, 4);
  }

  @Test
  void aWideBeamFindsTheBestOfAllTextsByExhaustion() {
    CounterRandom random = new CounterRandom(3, "beam");
    for (int n = 0; n < 20; n++) {
      float[][] logits = random(random, 3);
      double[] best = {Double.NEGATIVE_INFINITY};
      exhaust(logits, 0, 0, 0, 4, 0.7, best);
      GeneratedText found =
          new BeamSearch(
                  new MarkovEngine(64, logits),
                  PieceText.of("a", "b"),
                  GenerationSettings.of(new BeamSettings(64, 0.7, 1), 4))
              .run(new int[][] {{0}})
              .get(0);
      assertThat(rating(logits, found.tokens(), 0.7))
          .isCloseTo(best[0], org.assertj.core.data.Offset.offset(1e-5));
    }
  }

  /** Rates every text of at most {@code most} tokens; token 2 ends one. */
  private static void exhaust(
      float[][] logits, int last, double logP, int length, int most, double alpha, double[] best) {
    for (int token = 0; token < logits.length; token++) {
      double longer = logP + logProbability(logits[last], token);
      if (token == 2 || length + 1 == most) {
        best[0] = Math.max(best[0], longer / Math.pow((5.0 + length + 1) / 6, alpha));
      } else {
        exhaust(logits, token, longer, length + 1, most, alpha, best);
      }
    }
  }

  private static double rating(float[][] logits, List<Integer> tokens, double alpha) {
    double logP = 0;
    int last = 0;
    for (int token : tokens) {
      logP += logProbability(logits[last], token);
      last = token;
    }
    return logP / Math.pow((5.0 + tokens.size()) / 6, alpha);
  }

  private static double logProbability(float[] row, int token) {
    double sum = 0;
    for (float logit : row) {
      sum += Math.exp(logit);
    }
    return row[token] - Math.log(sum);
  }

  @Property(tries = 100)
  void aBeamOfOneIsGreedy(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int penalty) {
    float[][] logits = random(new CounterRandom(seed, "greedy"), 5);
    GenerationSettings greedy =
        new GenerationSettings(
            new SamplingSettings(0, 1, 1, penalty, 1),
            12,
            9,
            new StopSequences(List.of("ab".getBytes(StandardCharsets.UTF_8))));
    GenerationSettings beam =
        new GenerationSettings(
            new BeamSettings(1, 1, penalty), greedy.maxTokens(), greedy.maxBytes(), greedy.stops());
    int[][] prompts = {{0}, {3, 1}};
    assertThat(new BeamSearch(new MarkovEngine(2, logits), LETTERS, beam).run(prompts))
        .isEqualTo(
            new Sampling(
                    new MarkovEngine(2, logits),
                    LETTERS,
                    greedy,
                    (SamplingSettings) greedy.choice(),
                    GenerationListener.none())
                .run(prompts));
  }

  private static float[][] random(CounterRandom random, int tokens) {
    float[][] logits = new float[tokens][tokens];
    for (float[] row : logits) {
      for (int i = 0; i < tokens; i++) {
        row[i] = (float) (2 * random.nextGaussian());
      }
    }
    return logits;
  }

  @Test
  void lengthPenaltyFavoursLongerTexts() {
    // "" has probability 0.5, "b" 0.5 · 0.9: with α = 0 the shorter one wins, with α = 2 the
    // longer.
    float[][] logits =
        MarkovEngine.logarithms(
            new double[][] {
              {1e-9, .5, 1e-9, 1e-9, .5},
              {.1, 1e-9, 1e-9, 1e-9, .9},
              {.2, .2, .2, .2, .2},
              {.2, .2, .2, .2, .2},
              {.2, .2, .2, .2, .2},
            });
    assertThat(search(logits, new BeamSettings(3, 0, 1), 5).text()).isEmpty();
    assertThat(search(logits, new BeamSettings(3, 2, 1), 5).text()).isEqualTo("b");
    // By hand: log(.45) / (7/6)^2 against log(.5) / 1.
    assertThat(new BeamSettings(3, 2, 1).rating(Math.log(.45), 2))
        .isCloseTo(-0.5867, org.assertj.core.data.Offset.offset(1e-4));
    assertThat(new BeamSettings(3, 2, 1).rating(Math.log(.5), 1)).isEqualTo(Math.log(.5));
  }

  @Test
  void stopSequencesAndLengthEndBeams() {
    GenerationSettings settings =
        new GenerationSettings(
            new BeamSettings(2, 0, 1),
            6,
            100,
            new StopSequences(List.of("bd".getBytes(StandardCharsets.UTF_8))));
    GeneratedText text =
        new BeamSearch(new MarkovEngine(2, GARDEN_PATH), LETTERS, settings)
            .run(new int[][] {{0}})
            .get(0);
    assertThat(text.text()).isEqualTo("c");
    assertThat(search(GARDEN_PATH, new BeamSettings(2, 0, 1), 1))
        .isEqualTo(new GeneratedText("b", List.of(1), GeneratedText.Ending.LENGTH));
  }

  @Test
  void promptsOfABatchDoNotTouchEachOther() {
    GenerationSettings settings = GenerationSettings.of(new BeamSettings(3, 0.5, 1), 8);
    int[][] prompts = {{0}, {3}, {2}};
    List<GeneratedText> together =
        new BeamSearch(new MarkovEngine(9, GARDEN_PATH), LETTERS, settings).run(prompts);
    for (int p = 0; p < prompts.length; p++) {
      assertThat(
              new BeamSearch(new MarkovEngine(3, GARDEN_PATH), LETTERS, settings)
                  .run(new int[][] {prompts[p]}))
          .containsExactly(together.get(p));
    }
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> new BeamSettings(0, 0, 1)).hasMessageContaining("beams is 0");
    assertThatThrownBy(() -> new BeamSettings(65, 0, 1)).hasMessageContaining("beams is 65");
    assertThatThrownBy(() -> new BeamSettings(1, -1, 1))
        .hasMessageContaining("length-penalty is -1.0");
  }

  private static GeneratedText search(float[][] logits, BeamSettings beam, int maxTokens) {
    return new BeamSearch(
            new MarkovEngine(beam.width(), logits), LETTERS, GenerationSettings.of(beam, maxTokens))
        .run(new int[][] {{0}})
        .get(0);
  }
}
