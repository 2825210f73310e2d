package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tributary.transformer.samediff.SameDiffEngine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

/** Runs where the build has {@code -Pcuda} and a card is there. */
@Tag("gpu")
class GpuStepTest {

  @Test
  void stepOnTheCardEqualsTheOracle() {
    boolean cuda = !Nd4j.getEnvironment().isCPU();
    if (!cuda) {
      System.out.println(
          "skipped GpuStepTest: ND4J runs on the CPU; build with -Pcuda on a machine with a card");
    }
    assumeTrue(cuda, "ND4J runs on the CPU");
    float[] parameters = TinyModel.weights(TinyModel.CONFIG, 1);
    TokenBatch batch = TinyModel.batch(TinyModel.CONFIG, 3, 2);
    float[] gradient = new float[parameters.length];
    double loss;
    try (SameDiffEngine engine = SameDiffEngine.forTraining(TinyModel.CONFIG, 3)) {
      loss = engine.lossAndGradient(parameters, batch, gradient);
    }
    // The oracle stands for the CPU: SameDiffEngineTest holds the CPU to 1e-4 of it.
    NaiveTransformer oracle = new NaiveTransformer(TinyModel.CONFIG);
    double[] doubles = TinyModel.doubles(parameters);
    assertThat(loss).isCloseTo(oracle.loss(doubles, batch), within(1e-3));
    double[] expected = oracle.gradient(doubles, batch);
    for (int i = 0; i < gradient.length; i++) {
      assertThat((double) gradient[i]).as("%d", i).isCloseTo(expected[i], within(1e-3));
    }
    float[] onTheCard = afterOneStep(parameters, gradient);
    float[] onTheCpu = afterOneStep(parameters, floats(expected));
    assertThat(onTheCpu).isNotEqualTo(parameters);
    for (int i = 0; i < parameters.length; i++) {
      assertThat(onTheCard[i]).as("%d", i).isCloseTo(onTheCpu[i], within(1e-3f));
    }
  }

  private static float[] afterOneStep(float[] parameters, float[] gradient) {
    // A large epsilon: with a tiny one, AdamW turns rounding noise of a zero gradient into steps.
    TrainingSettings settings =
        new TrainingSettings(
            TrainingSettings.Optimizer.ADAMW,
            0.01,
            0.1,
            0.9,
            0.99,
            1e-2,
            1.0,
            3,
            new TrainingSettings.Length.Steps(1));
    float[] moved = parameters.clone();
    new ParameterUpdate(TinyModel.CONFIG.layout(), settings, parameters).apply(moved, gradient);
    return moved;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
