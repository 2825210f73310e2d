package io.tributary.transformer.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.RecurrentConfig.Cell;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TokenBatch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecurrentEngineTest {
  private static final int BATCH = 3;

  private static RecurrentConfig config(Cell cell) {
    return new RecurrentConfig(cell, 11, 3, 5, 2, 7, null);
  }

  /** Weights away from the initial ones, so that biases and every gate matter. */
  private static float[] weights(RecurrentConfig config, long seed) {
    float[] weights = InitialWeights.create(config.layout(), seed);
    CounterRandom random = new CounterRandom(seed, "away");
    for (int i = 0; i < weights.length; i++) {
      weights[i] += (float) (0.4 * random.nextGaussian());
    }
    return weights;
  }

  private static TokenBatch batch(RecurrentConfig config, long seed) {
    TokenBatch batch = TokenBatch.of(config, BATCH);
    CounterRandom random = new CounterRandom(seed, "batch");
    // The second sequence is short, the third has no tokens at all.
    for (int sequence = 0; sequence < 2; sequence++) {
      int length = sequence == 0 ? config.contextLength() : 4;
      int[] tokens = new int[length + (sequence == 0 ? 1 : 0)];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = random.nextInt(config.vocabularySize());
      }
      batch.setWindow(sequence, tokens, 0, tokens.length);
    }
    return batch;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void logitsAgreeWithTheOracle(Cell cell) {
    RecurrentConfig config = config(cell);
    float[] weights = weights(config, 1);
    TokenBatch batch = batch(config, 2);
    double[][] expected = new NaiveRecurrent(config).logits(doubles(weights), batch);
    try (RecurrentEngine engine = RecurrentEngine.open(config, BATCH, false)) {
      for (int again = 0; again < 2; again++) {
        float[] logits = engine.logits(weights, batch);
        for (int row = 0; row < expected.length; row++) {
          for (int v = 0; v < 11; v++) {
            assertThat((double) logits[row * 11 + v])
                .as("row %d token %d", row, v)
                .isCloseTo(expected[row][v], within(1e-5));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void gradientAgreesWithFiniteDifferencesOfTheOracle(Cell cell) {
    RecurrentConfig config = config(cell);
    float[] weights = weights(config, 3);
    TokenBatch batch = batch(config, 4);
    NaiveRecurrent oracle = new NaiveRecurrent(config);
    double[] p = doubles(weights);
    float[] gradient = new float[weights.length];
    try (RecurrentEngine engine = RecurrentEngine.open(config, BATCH, true)) {
      double loss = engine.lossAndGradient(weights, batch, gradient);
      assertThat(loss).isCloseTo(oracle.loss(p, batch), within(1e-5));
      float[] again = new float[gradient.length];
      assertThat(engine.lossAndGradient(weights, batch, again)).isEqualTo(loss);
      assertThat(again).isEqualTo(gradient);
    }
    double step = 1e-5;
    for (TensorSpec tensor : config.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        double kept = p[i];
        p[i] = kept + step;
        double above = oracle.loss(p, batch);
        p[i] = kept - step;
        double below = oracle.loss(p, batch);
        p[i] = kept;
        assertThat((double) gradient[i])
            .as("%s[%d]", tensor.name(), i - tensor.offset())
            .isCloseTo((above - below) / (2 * step), within(2e-5));
      }
    }
  }

  @Test
  void aBatchWithoutTargetsHasNoLossAndNoGradient() {
    RecurrentConfig config = config(Cell.LSTM);
    float[] gradient = new float[config.layout().parameterCount()];
    Arrays.fill(gradient, 7f);
    try (RecurrentEngine engine = RecurrentEngine.open(config, BATCH, true)) {
      assertThat(engine.lossAndGradient(weights(config, 1), TokenBatch.of(config, BATCH), gradient))
          .isZero();
    }
    assertThat(gradient).containsOnly(0f);
  }

  @Test
  void laterTokensChangeNothingBefore() {
    RecurrentConfig config = config(Cell.GRU);
    float[] weights = weights(config, 1);
    TokenBatch batch = batch(config, 2);
    try (RecurrentEngine engine = RecurrentEngine.open(config, BATCH, false)) {
      float[] before = engine.logits(weights, batch).clone();
      batch.setInput(0, 5, (batch.input(5) + 1) % 11);
      float[] after = engine.logits(weights, batch);
      assertThat(Arrays.copyOf(after, 5 * 11)).isEqualTo(Arrays.copyOf(before, 5 * 11));
      assertThat(after[5 * 11]).isNotEqualTo(before[5 * 11]);
    }
  }

  @Test
  void forgetGatesStartOpen() {
    RecurrentConfig config = (RecurrentConfig) ModelPresets.config("char-lstm");
    TensorSpec forget = config.layout().tensor("layer.1.bias.forget");
    float[] initial = InitialWeights.create(config.layout(), 1);
    for (int i = (int) forget.offset(); i < forget.end(); i++) {
      assertThat(initial[i]).isEqualTo(1f);
    }
    assertThat(initial[(int) config.layout().tensor("layer.1.bias.input").offset()]).isZero();
  }

  @Test
  void wrongTokensAndShapesAreRefused() {
    RecurrentConfig config = config(Cell.LSTM);
    float[] weights = weights(config, 1);
    try (RecurrentEngine engine = RecurrentEngine.open(config, BATCH, false)) {
      TokenBatch batch = batch(config, 1);
      batch.setInput(0, 0, 11);
      assertThatThrownBy(() -> engine.logits(weights, batch))
          .hasMessageContaining("token 11 is outside of the vocabulary of 11");
      assertThatThrownBy(() -> engine.logits(weights, TokenBatch.of(config, 2)))
          .hasMessageContaining("batch has shape (2, 7)");
      assertThatThrownBy(() -> engine.lossAndGradient(weights, batch, new float[weights.length]))
          .hasMessageContaining("opened for inference");
    }
  }
}
