package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.NaiveDecoder;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.TokenBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The graph in double precision against the oracle: what float would hide shows here. */
class DecoderPlanTest {

  @ParameterizedTest
  @CsvSource({"8,2,2,12,6,3", "6,1,3,5,4,1", "4,3,1,4,3,2"})
  void logitsAndEveryTensorsGradientAgreeWithTheOracle(
      int width, int layers, int heads, int feedForward, int length, int sequences) {
    TransformerConfig config = new TransformerConfig(20, width, layers, heads, feedForward, length);
    double[] parameters = TinyModel.doubles(TinyModel.weights(config, 3));
    TokenBatch batch = TinyModel.batch(config, sequences, 4);
    NaiveDecoder oracle = new NaiveDecoder(config);
    try (DecoderPlan plan = new DecoderPlan(config, sequences, DataType.DOUBLE, true)) {
      assertGradients(config, plan, oracle, parameters, batch);
      // A second run on other values: nothing of the first may be left in the shared arrays.
      double[] others = TinyModel.doubles(TinyModel.weights(config, 5));
      assertGradients(config, plan, oracle, others, TinyModel.batch(config, sequences, 6));
    }
  }

  @Test
  void arraysAreShared() {
    TransformerConfig config = new TransformerConfig(20, 8, 6, 2, 16, 8);
    try (DecoderPlan plan = new DecoderPlan(config, 2, DataType.FLOAT, true)) {
      assertThat(plan.callCount(DecoderPlan.FORWARD)).isPositive();
      assertThat(plan.pooledValues()).isLessThan(plan.producedValues() / 2);
    }
  }

  private static void assertGradients(
      TransformerConfig config,
      DecoderPlan plan,
      NaiveDecoder oracle,
      double[] parameters,
      TokenBatch batch) {
    int width = config.width();
    int vocabulary = config.vocabularySize();
    int tokens = (int) config.layout().tensor(ModelTensors.TOKEN_EMBEDDING).offset();
    int positions = (int) config.layout().tensor(ModelTensors.POSITION_EMBEDDING).offset();
    double[] input = new double[batch.rows() * width];
    for (int i = 0; i < input.length; i++) {
      int row = i / width;
      input[i] =
          parameters[tokens + batch.input(row) * width + i % width]
              + parameters[positions + row % batch.length() * width + i % width];
    }
    plan.parameters.assign(Nd4j.createFromArray(parameters));
    plan.input.assign(Nd4j.createFromArray(input).reshape(batch.rows(), width));
    plan.run(DecoderPlan.FORWARD);
    double[] logits = plan.logits.data().asDouble();
    double[] logitsGradient = new double[logits.length];
    for (int s = 0; s < batch.sequences(); s++) {
      int[] sequence = new int[batch.length()];
      for (int t = 0; t < sequence.length; t++) {
        sequence[t] = batch.input(s * batch.length() + t);
      }
      double[][] expected = oracle.logits(parameters, sequence);
      for (int t = 0; t < sequence.length; t++) {
        int row = s * batch.length() + t;
        double sum = 0;
        for (int v = 0; v < vocabulary; v++) {
          assertThat(logits[row * vocabulary + v]).isCloseTo(expected[t][v], within(1e-9));
          sum += Math.exp(expected[t][v]);
        }
        int target = batch.target(row);
        for (int v = 0; v < vocabulary && target != TokenBatch.NO_TARGET; v++) {
          logitsGradient[row * vocabulary + v] =
              (Math.exp(expected[t][v]) / sum - (v == target ? 1 : 0)) / batch.targetCount();
        }
      }
    }
    plan.logitsGradient.assign(
        Nd4j.createFromArray(logitsGradient).reshape(batch.rows(), vocabulary));
    plan.run(DecoderPlan.BACKWARD);
    double[] gradient = plan.gradient.data().asDouble();
    double[] inputGradient = plan.inputGradient.data().asDouble();
    for (int i = 0; i < input.length; i++) {
      int row = i / width;
      gradient[tokens + batch.input(row) * width + i % width] += inputGradient[i];
      gradient[positions + row % batch.length() * width + i % width] += inputGradient[i];
    }
    double[] expected = oracle.gradient(parameters, batch);
    for (TensorSpec tensor : config.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        assertThat(gradient[i])
            .as("%s[%d]", tensor.name(), i - tensor.offset())
            .isCloseTo(expected[i], within(1e-7 + 1e-6 * Math.abs(expected[i])));
      }
    }
  }
}
