package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TrainingSettings.Length;
import io.tributary.transformer.TrainingSettings.Optimizer;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.Examples;
import io.tributary.transformer.examples.NextTokenExamples;
import io.tributary.transformer.examples.TextTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalModelTrainerTest {
  private static final TransformerConfig CONFIG = TinyModel.CONFIG;

  private final ExampleSource data =
      new NextTokenExamples(TextTokens.ofBytes(TinyModel.text(400)), 6, 0.1, 1);
  private final LocalModelTrainer trainer = new LocalModelTrainer(CONFIG);

  @AfterEach
  void closeTrainer() {
    trainer.close();
  }

  /**
   * Two whole steps: forward, backward, proximal term, clipping, moments, decay; against plain
   * double loops. The proximal term is zero in the first.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.7, 40})
  void twoStepsAgreeWithTheOracle(double mu) {
    // A large epsilon: with a tiny one, AdamW turns rounding noise of a zero gradient into steps.
    TrainingSettings settings =
        new TrainingSettings(
            Optimizer.ADAMW, 0.01, 0.1, 0.9, 0.99, 1e-2, 0.5, 3, new Length.Steps(2), mu);
    float[] base = TinyModel.weights(CONFIG, 1);
    List<Double> losses = new ArrayList<>();
    TrainingResult result =
        trainer.train(
            base, data, settings, 5, (step, total, loss) -> losses.add(loss), () -> false);

    NaiveTransformer oracle = new NaiveTransformer(CONFIG);
    double[] p = TinyModel.doubles(base);
    double[] m = new double[p.length];
    double[] v = new double[p.length];
    BatchStream batches = new BatchStream(data, 5);
    TokenBatch batch = new TokenBatch(3, 6);
    for (int step = 1; step <= 2; step++) {
      batches.fill(batch, 3);
      assertThat(losses.get(step - 1)).isCloseTo(oracle.loss(p, batch), within(1e-4));
      double[] gradient = oracle.gradient(p, batch);
      double norm = 0;
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += mu * (p[i] - base[i]);
        norm += gradient[i] * gradient[i];
      }
      double scale = Math.min(1, 0.5 / Math.sqrt(norm));
      assertThat(scale).as("the clipping is tested").isLessThan(1);
      for (TensorSpec tensor : CONFIG.layout().tensors()) {
        double decay = tensor.shape().size() > 1 ? 0.1 : 0;
        for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
          double g = gradient[i] * scale;
          m[i] = 0.9 * m[i] + 0.1 * g;
          v[i] = 0.99 * v[i] + 0.01 * g * g;
          double mean = m[i] / (1 - Math.pow(0.9, step));
          double square = v[i] / (1 - Math.pow(0.99, step));
          p[i] -= 0.01 * (mean / (Math.sqrt(square) + 1e-2) + decay * p[i]);
        }
      }
    }
    for (int i = 0; i < p.length; i++) {
      assertThat((double) result.parameters()[i]).as("%d", i).isCloseTo(p[i], within(1e-5));
    }
    assertThat(result.steps()).isEqualTo(2);
    assertThat(result.examples()).isEqualTo(data.trainingCount());
    assertThat(result.meanLossNats()).isCloseTo((losses.get(0) + losses.get(1)) / 2, within(1e-12));
    assertThat(base).as("the base is left alone").isEqualTo(TinyModel.weights(CONFIG, 1));
  }

  @Test
  void aLargerProximalMuKeepsTheModelNearerToTheOneItStartedFrom() {
    float[] base = TinyModel.weights(CONFIG, 1);
    double before = Double.POSITIVE_INFINITY;
    for (double mu : new double[] {0, 0.3, 1, 3}) {
      TrainingSettings settings =
          new TrainingSettings(
              Optimizer.SGD, 0.1, 0, 0.9, 0.99, 1e-8, 1e9, 4, new Length.Steps(20), mu);
      float[] trained = train(base, settings, 5).parameters();
      double moved = 0;
      for (int i = 0; i < base.length; i++) {
        moved += Math.pow((double) trained[i] - base[i], 2);
      }
      assertThat(Math.sqrt(moved)).as("mu %s", mu).isPositive().isLessThan(0.95 * before);
      before = Math.sqrt(moved);
    }
  }

  @Test
  void sameSeedGivesTheSameBitsAndTrainingLearns() {
    TrainingSettings settings = TrainingSettings.adamW(0.01, 4, new Length.Epochs(5));
    float[] base = TinyModel.weights(CONFIG, 1);
    Evaluation before = trainer.evaluate(base, data, () -> false);
    TrainingResult first = train(base, settings, 5);
    TrainingResult second = train(base, settings, 5);
    assertThat(second.parameters()).isEqualTo(first.parameters());
    assertThat(train(base, settings, 6).parameters()).isNotEqualTo(first.parameters());
    Evaluation after = trainer.evaluate(first.parameters(), data, () -> false);
    assertThat(after.targetCount()).isEqualTo(before.targetCount());
    assertThat(after.natsPerTarget()).isLessThan(before.natsPerTarget() - 1);
  }

  @Test
  void evaluationAgreesWithTheOracleByteByByte() {
    float[] parameters = TinyModel.weights(CONFIG, 2);
    NaiveTransformer oracle = new NaiveTransformer(CONFIG);
    double nats = 0;
    long bytes = 0;
    Examples heldOut = data.heldOut();
    for (int i = 0; i < heldOut.count(); i++) {
      TokenBatch batch = new TokenBatch(1, 6);
      heldOut.fill(i, batch, 0);
      nats += oracle.loss(TinyModel.doubles(parameters), batch) * batch.targetCount();
      bytes += batch.targetCount();
    }
    assertThat(data.heldOutTargets()).isEqualTo(bytes);
    Evaluation evaluation = trainer.evaluate(parameters, data, () -> false);
    assertThat(evaluation.targetCount()).isEqualTo(bytes).isGreaterThan(20);
    assertThat(evaluation.totalNats()).isCloseTo(nats, within(1e-3));
    assertThat(evaluation.bitsPerTarget()).isCloseTo(nats / bytes / Math.log(2), within(1e-4));
  }

  @Test
  void cancellationStopsBeforeTheNextStep() {
    TrainingSettings settings = TrainingSettings.adamW(0.01, 4, new Length.Steps(1000));
    List<Integer> steps = new ArrayList<>();
    float[] base = TinyModel.weights(CONFIG, 1);
    assertThatThrownBy(
            () ->
                trainer.train(
                    base,
                    data,
                    settings,
                    1,
                    (step, total, loss) -> steps.add(step),
                    () -> steps.size() == 3))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("step 4");
    assertThat(steps).containsExactly(1, 2, 3);
  }

  @Test
  void divergenceIsAnErrorAndNotAModel() {
    float[] base = TinyModel.weights(CONFIG, 1);
    Arrays.fill(base, Float.NaN);
    TrainingSettings settings = TrainingSettings.adamW(0.01, 4, new Length.Steps(2));
    assertThatThrownBy(() -> train(base, settings, 1))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessage("loss is NaN at step 1: lower local.learning-rate");
  }

  @Test
  void wrongModelOrDataIsRefused() {
    TrainingSettings settings = TrainingSettings.adamW(0.01, 4, new Length.Steps(2));
    assertThatThrownBy(() -> train(new float[3], settings, 1))
        .hasMessageContaining("parameters have 3 values but the model has");
    ExampleSource other = new NextTokenExamples(TextTokens.ofBytes(TinyModel.text(100)), 7, 0.1, 1);
    float[] base = TinyModel.weights(CONFIG, 1);
    assertThatThrownBy(() -> trainer.evaluate(base, other, () -> false))
        .hasMessageContaining("context of 7 but the model's is 6");
  }

  private TrainingResult train(float[] base, TrainingSettings settings, long seed) {
    return trainer.train(base, data, settings, seed, TrainingProgress.NONE, () -> false);
  }
}
