package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.NaiveTransformer;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.TokenBatch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every block choice in double precision against the oracle: answers, and the gradient of every
 * trained tensor by finite differences. What float would hide shows here.
 */
class TransformerGradientsTest {
  private static final int SEQUENCES = 2;

  private static final Map<String, TransformerConfig> VARIANTS = new LinkedHashMap<>();

  static {
    VARIANTS.putAll(Variants.decoders());
    VARIANTS.putAll(Variants.others());
  }

  static Stream<String> variants() {
    return VARIANTS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("variants")
  void answersAndEveryTensorsGradientAgreeWithTheOracle(String variant) {
    TransformerConfig config = VARIANTS.get(variant);
    NaiveTransformer oracle = new NaiveTransformer(config);
    try (DoubleModel model = new DoubleModel(config, SEQUENCES)) {
      // First on other values: nothing of them may be left in the shared arrays.
      model.gradient(
          TinyModel.doubles(TinyModel.weights(config, 5)), TinyModel.batch(config, SEQUENCES, 6));
      double[] parameters = TinyModel.doubles(TinyModel.weights(config, 3));
      TokenBatch batch = TinyModel.batch(config, SEQUENCES, 4);
      assertAgreement(config, oracle, model, parameters, batch);
    }
  }

  @Test
  void arraysAreShared() {
    TransformerConfig config = new TransformerConfig(20, 8, 6, 2, 16, 8);
    try (TransformerPlan plan = new TransformerPlan(config, 2, DataType.FLOAT, true)) {
      assertThat(plan.callCount(TransformerPlan.FORWARD)).isPositive();
      assertThat(plan.pooledValues()).isLessThan(plan.producedValues() / 2);
    }
  }

  private static void assertAgreement(
      TransformerConfig config,
      NaiveTransformer oracle,
      DoubleModel model,
      double[] parameters,
      TokenBatch batch) {
    double[][] expected = oracle.answers(parameters, batch);
    double[] answers = model.answers(parameters, batch);
    int columns = answers.length / batch.slots();
    for (int i = 0; i < answers.length; i++) {
      if (batch.slots() == batch.rows() && !batch.present(i / columns)) {
        continue; // what stands where no token is, nobody reads
      }
      assertThat(answers[i])
          .as("answer %d of slot %d", i % columns, i / columns)
          .isCloseTo(expected[i / columns][i % columns], within(1e-9));
    }
    assertThat(model.balanceLoss()).isCloseTo(oracle.balanceLoss(), within(1e-12));
    double[] gradient = model.gradient(parameters, batch);
    double[] differences = oracle.gradient(parameters, batch);
    for (TensorSpec tensor : config.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        assertThat(gradient[i])
            .as("%s[%d]", tensor.name(), i - tensor.offset())
            .isCloseTo(differences[i], within(2e-7 + 1e-6 * Math.abs(differences[i])));
      }
    }
  }
}
