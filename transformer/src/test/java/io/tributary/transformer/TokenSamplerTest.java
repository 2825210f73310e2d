package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TokenSamplerTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  /** Logits whose exponentials are 1, 2, 4, 8, behind one value that is not part of the row. */
  private static final float[] LOGITS = {
    99f, 0f, (float) Math.log(2), (float) Math.log(4), (float) Math.log(8)
  };

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
  void temperatureZeroTakesTheLikeliestAndTiesGoToTheLowerToken() {
    assertThat(probabilities(0, 4)).containsExactly(0, 0, 0, 1);
    assertThat(
            new TokenSampler(new SamplingSettings(1, 1, 0))
                .probabilities(new float[] {1, 3, 3}, 0, 3))
        .containsExactly(0, 1, 0);
  }

  @Test
  void drawsFollowTheDistribution() {
    TokenSampler sampler = new TokenSampler(new SamplingSettings(1, 3, 5));
    int[] counts = new int[4];
    for (int i = 0; i < 14_000; i++) {
      counts[sampler.draw(LOGITS, 1, 4)]++;
    }
    assertThat(counts[0]).isZero();
    assertThat(counts[1]).isBetween(1_800, 2_200);
    assertThat(counts[2]).isBetween(3_800, 4_200);
    assertThat(counts[3]).isBetween(7_750, 8_250);
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> new SamplingSettings(-1, 3, 0))
        .hasMessageContaining("temperature is -1.0");
    assertThatThrownBy(() -> new SamplingSettings(1, 0, 0)).hasMessageContaining("top-k is 0");
  }

  private static double[] probabilities(double temperature, int topK) {
    return new TokenSampler(new SamplingSettings(temperature, topK, 0)).probabilities(LOGITS, 1, 4);
  }
}
