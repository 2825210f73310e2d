package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.random.CounterRandom;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TokenSamplerTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);
  private static final Offset<Double> HUNDREDTHS = Offset.offset(5e-3);

  /** Logits whose exponentials are 1, 2, 4, 8, behind one value that is not part of the row. */
  private static final float[] LOGITS = {
    99f, 0f, (float) Math.log(2), (float) Math.log(4), (float) Math.log(8)
  };

  @Test
  void temperatureSharpensAndFlattensTheTextbookCase() {
    float[] logits = {2, 1, 0};
    // By hand: e^2 : e : 1, their squares, and their square roots.
    assertThat(of(logits, 1, 3, 1)).containsExactly(new double[] {.665, .245, .090}, HUNDREDTHS);
    assertThat(of(logits, .5, 3, 1)).containsExactly(new double[] {.867, .117, .016}, HUNDREDTHS);
    assertThat(of(logits, 2, 3, 1)).containsExactly(new double[] {.506, .307, .186}, HUNDREDTHS);
    assertThat(of(new float[] {14, 12}, 1, 2, 1))
        .containsExactly(new double[] {.88, .12}, HUNDREDTHS);
  }

  @Test
  void temperatureOneIsTheSoftmax() {
    assertThat(probabilities(1, 4))
        .containsExactly(new double[] {1 / 15.0, 2 / 15.0, 4 / 15.0, 8 / 15.0}, CLOSE);
  }

  @Test
  void halfTheTemperatureSquaresTheOdds() {
    assertThat(probabilities(0.5, 4))
        .containsExactly(new double[] {1 / 85.0, 4 / 85.0, 16 / 85.0, 64 / 85.0}, CLOSE);
  }

  @Test
  void topKCutsAndRenormalises() {
    assertThat(probabilities(1, 2)).containsExactly(new double[] {0, 0, 4 / 12.0, 8 / 12.0}, CLOSE);
    assertThat(probabilities(0.5, 2))
        .containsExactly(new double[] {0, 0, 16 / 80.0, 64 / 80.0}, CLOSE);
    assertThat(probabilities(7, 1)).containsExactly(0, 0, 0, 1);
  }

  @Test
  void topPKeepsTheFewestThatHoldIt() {
    float[] logits = new float[8];
    double[] shares = {.04, .45, .05, .12, .05, .20, .05, .04};
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(shares[i]);
    }
    assertThat(of(logits, 1, 8, 0.6))
        .containsExactly(new double[] {0, .45 / .65, 0, 0, 0, .20 / .65, 0, 0}, CLOSE);
    assertThat(of(logits, 1, 8, 0.66))
        .containsExactly(new double[] {0, .45 / .77, 0, .12 / .77, 0, .20 / .77, 0, 0}, CLOSE);
    assertThat(of(logits, 1, 8, 0.001)).containsExactly(0, 1, 0, 0, 0, 0, 0, 0);
    // After top-k, a share is of what top-k left: .45 of .65 is more than 0.6 already.
    assertThat(of(logits, 1, 2, 0.6)).containsExactly(0, 1, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void repetitionPenaltyDividesPositiveAndMultipliesNegativeLogits() {
    SamplingSettings settings = new SamplingSettings(1, 4, 1, 2, 1);
    float[] logits = {2, 2, -1, -1};
    TokenSampler sampler =
        new TokenSampler(settings, new int[] {1, 3, 3}, 4, new CounterRandom(1, 1));
    // Logits of tokens 1 and 3 become 1 and -2.
    double sum = Math.exp(2) + Math.exp(1) + Math.exp(-1) + Math.exp(-2);
    double[] expected = {
      Math.exp(2) / sum, Math.exp(1) / sum, Math.exp(-1) / sum, Math.exp(-2) / sum
    };
    assertThat(sampler.probabilities(logits, 0)).containsExactly(expected, CLOSE);
  }

  @Test
  void drawnTokensArePenalisedToo() {
    SamplingSettings settings = new SamplingSettings(0, 4, 1, 2, 1);
    TokenSampler sampler = new TokenSampler(settings, new int[] {2}, 3, new CounterRandom(1, 1));
    float[] logits = {1.5f, 2, 3};
    // 1.5, 2, 1.5 → 1.5, 1, 1.5 → .75, 1, 1.5: of equal ones the lower.
    assertThat(
            new int[] {sampler.draw(logits, 0), sampler.draw(logits, 0), sampler.draw(logits, 0)})
        .containsExactly(1, 0, 2);
  }

  @Test
  void temperatureZeroTakesTheLikeliestAndTiesGoToTheLowerToken() {
    assertThat(probabilities(0, 4)).containsExactly(0, 0, 0, 1);
    assertThat(of(new float[] {1, 3, 3}, 1, 1, 1)).containsExactly(0, 1, 0);
    assertThat(of(new float[] {-1, -0f, 0}, 0, 1, 1)).containsExactly(0, 1, 0);
    assertThat(of(new float[] {-1, -0f, 0}, 1, 1, 1)).containsExactly(0, 1, 0);
  }

  @Test
  void drawsFollowTheDistribution() {
    TokenSampler sampler = sampler(new SamplingSettings(1, 3, 1, 1, 0), 4);
    int[] counts = new int[4];
    for (int i = 0; i < 14_000; i++) {
      counts[sampler.draw(LOGITS, 1)]++;
    }
    assertThat(counts[0]).isZero();
    assertThat(counts[1]).isBetween(1_800, 2_200);
    assertThat(counts[2]).isBetween(3_800, 4_200);
    assertThat(counts[3]).isBetween(7_750, 8_250);
  }

  @Property(tries = 300)
  void probabilitiesSumToOneOverAtMostKTokensAndNeverLeaveALikelierOneOut(
      @ForAll("rows") float[] logits,
      @ForAll @DoubleRange(min = 0.1, max = 10) double temperature,
      @ForAll @IntRange(min = 1, max = 50) int topK,
      @ForAll @DoubleRange(min = 0.01, max = 1) double topP) {
    double[] probabilities = of(logits, temperature, topK, topP);
    assertThat(Arrays.stream(probabilities).sum()).isCloseTo(1, Offset.offset(1e-9));
    int kept = (int) Arrays.stream(probabilities).filter(p -> p > 0).count();
    if (topP == 1) {
      assertThat(kept).isEqualTo(Math.min(topK, logits.length));
    } else {
      assertThat(kept).isBetween(1, Math.min(topK, logits.length));
    }
    for (int i = 0; i < logits.length; i++) {
      for (int j = 0; j < logits.length; j++) {
        if (probabilities[i] > 0 && probabilities[j] == 0) {
          assertThat(logits[i]).isGreaterThanOrEqualTo(logits[j]);
          if (logits[i] == logits[j]) {
            assertThat(i).isLessThan(j);
          }
        }
      }
    }
  }

  @Property(tries = 300)
  void topKAloneKeepsExactlyK(
      @ForAll("rows") float[] logits, @ForAll @IntRange(min = 1, max = 50) int topK) {
    assertThat(Arrays.stream(of(logits, 1, topK, 1)).filter(p -> p > 0).count())
        .isEqualTo(Math.min(topK, logits.length));
  }

  /** Coarse values, so that there are ties. */
  @Provide
  Arbitrary<float[]> rows() {
    return Arbitraries.integers()
        .between(-20, 20)
        .map(i -> i / 2f)
        .array(Float[].class)
        .ofMinSize(1)
        .ofMaxSize(40)
        .map(
            boxed -> {
              float[] row = new float[boxed.length];
              for (int i = 0; i < row.length; i++) {
                row[i] = boxed[i];
              }
              return row;
            });
  }

  @Test
  void logitsThatAreNoNumbersAreRefused() {
    TokenSampler sampler = sampler(SamplingSettings.greedy(), 2);
    assertThatThrownBy(() -> sampler.draw(new float[] {1, Float.NaN}, 0))
        .hasMessage("the logit of token 1 is not a number: the model has diverged");
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> SamplingSettings.of(-1, 3, 0))
        .hasMessageContaining("temperature is -1.0");
    assertThatThrownBy(() -> SamplingSettings.of(1, 0, 0)).hasMessageContaining("top-k is 0");
    assertThatThrownBy(() -> new SamplingSettings(1, 1, 0, 1, 0))
        .hasMessageContaining("top-p is 0.0");
    assertThatThrownBy(() -> new SamplingSettings(1, 1, 1.1, 1, 0))
        .hasMessageContaining("top-p is 1.1");
    assertThatThrownBy(() -> new SamplingSettings(1, 1, 1, 0.5, 0))
        .hasMessageContaining("repetition-penalty is 0.5");
    assertThatThrownBy(() -> new SamplingSettings(Double.NaN, 1, 1, 1, 0))
        .hasMessageContaining("temperature is NaN");
  }

  private static double[] probabilities(double temperature, int topK) {
    return sampler(SamplingSettings.of(temperature, topK, 0), 4).probabilities(LOGITS, 1);
  }

  private static double[] of(float[] logits, double temperature, int topK, double topP) {
    return sampler(new SamplingSettings(temperature, topK, topP, 1, 0), logits.length)
        .probabilities(logits, 0);
  }

  private static TokenSampler sampler(SamplingSettings settings, int tokens) {
    return new TokenSampler(settings, new int[0], tokens, new CounterRandom(5, "sampling"));
  }
}
