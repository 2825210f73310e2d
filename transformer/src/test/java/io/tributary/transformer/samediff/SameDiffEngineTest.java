package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.NaiveTransformer;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.TokenBatch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SameDiffEngineTest {
  private static final TransformerConfig CONFIG = TinyModel.CONFIG;

  @Test
  void lossAndGradientAgreeWithTheOracle() {
    float[] parameters = TinyModel.weights(CONFIG, 1);
    TokenBatch batch = TinyModel.batch(CONFIG, 3, 2);
    float[] gradient = new float[parameters.length];
    double loss;
    try (SameDiffEngine engine = SameDiffEngine.forTraining(CONFIG, 3)) {
      loss = engine.lossAndGradient(parameters, batch, gradient);
    }
    NaiveTransformer oracle = new NaiveTransformer(CONFIG);
    double[] doubles = TinyModel.doubles(parameters);
    assertThat(loss).isCloseTo(oracle.loss(doubles, batch), within(1e-5));
    double[] expected = oracle.gradient(doubles, batch);
    for (int i = 0; i < gradient.length; i++) {
      assertThat((double) gradient[i])
          .as("parameter %d", i)
          .isCloseTo(expected[i], within(1e-5 + 1e-4 * Math.abs(expected[i])));
    }
  }

  @Test
  void laterTokensChangeNothingBefore() {
    float[] parameters = TinyModel.weights(CONFIG, 1);
    TokenBatch batch = TinyModel.batch(CONFIG, 2, 2);
    try (SameDiffEngine engine = SameDiffEngine.forInference(CONFIG, 2)) {
      float[] before = engine.logits(parameters, batch).clone();
      int changed = 3;
      for (int position = changed; position < CONFIG.contextLength(); position++) {
        batch.setInput(0, position, 200 + position);
      }
      float[] after = engine.logits(parameters, batch).clone();
      int v = CONFIG.vocabularySize();
      int t = CONFIG.contextLength();
      assertThat(Arrays.copyOf(after, changed * v)).isEqualTo(Arrays.copyOf(before, changed * v));
      assertThat(Arrays.copyOfRange(after, t * v, 2 * t * v))
          .as("another sequence of the batch")
          .isEqualTo(Arrays.copyOfRange(before, t * v, 2 * t * v));
      assertThat(Arrays.copyOfRange(after, changed * v, t * v))
          .isNotEqualTo(Arrays.copyOfRange(before, changed * v, t * v));
    }
  }

  @Test
  void sameInputGivesTheSameBitsInTwoEngines() {
    float[] parameters = TinyModel.weights(CONFIG, 1);
    TokenBatch batch = TinyModel.batch(CONFIG, 2, 2);
    float[] first = new float[parameters.length];
    float[] second = new float[parameters.length];
    double firstLoss;
    double secondLoss;
    try (SameDiffEngine engine = SameDiffEngine.forTraining(CONFIG, 2)) {
      firstLoss = engine.lossAndGradient(parameters, batch, first);
    }
    try (SameDiffEngine engine = SameDiffEngine.forTraining(CONFIG, 2)) {
      engine.lossAndGradient(TinyModel.weights(CONFIG, 9), TinyModel.batch(CONFIG, 2, 9), second);
      secondLoss = engine.lossAndGradient(parameters, batch, second);
    }
    assertThat(secondLoss).isEqualTo(firstLoss);
    assertThat(second).isEqualTo(first);
  }

  @Test
  void onlyTrainedTensorsGetAGradient() {
    TransformerConfig adapted =
        CONFIG
            .edit()
            .tuning(TuningRules.lora(2, 4, "attention.input", "feedforward.output"))
            .build();
    float[] parameters = TinyModel.weights(adapted, 3);
    TokenBatch batch = TinyModel.batch(adapted, 2, 4);
    float[] gradient = new float[parameters.length];
    Arrays.fill(gradient, 7);
    try (SameDiffEngine engine = SameDiffEngine.forTraining(adapted, 2)) {
      double unusedLoss = engine.lossAndGradient(parameters, batch, gradient);
    }
    double[] expected =
        new NaiveTransformer(adapted).gradient(TinyModel.doubles(parameters), batch);
    for (TensorSpec tensor : adapted.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        assertThat((double) gradient[i])
            .as(tensor.name())
            .isCloseTo(tensor.trainable() ? expected[i] : 7, within(1e-4));
      }
    }
  }

  @Test
  void badUseIsRefused() {
    assertThatThrownBy(() -> SameDiffEngine.forTraining(CONFIG, 0))
        .hasMessageContaining("batch size is 0");
    try (SameDiffEngine engine = SameDiffEngine.forInference(CONFIG, 2)) {
      float[] parameters = TinyModel.weights(CONFIG, 1);
      assertThatThrownBy(() -> engine.logits(parameters, TinyModel.batch(CONFIG, 3, 2)))
          .hasMessage(
              "batch has shape (3, 6) with 18 targets but the engine was opened for (2, 6) with 12");
      assertThatThrownBy(
              () -> engine.lossAndGradient(parameters, TinyModel.batch(CONFIG, 2, 2), parameters))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("opened for inference");
      assertThatThrownBy(() -> engine.logits(new float[3], TinyModel.batch(CONFIG, 2, 2)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
