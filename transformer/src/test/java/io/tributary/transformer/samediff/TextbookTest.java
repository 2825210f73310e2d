package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.PositionRules.Scaling;
import io.tributary.common.model.TransformerConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Numbers that can be worked out by hand, through the graph's own parts. */
class TextbookTest {

  @Test
  void rmsNormOfThreeAndFour() {
    TransformerConfig config =
        new TransformerConfig(4, 2, 1, 1, 2, 1)
            .edit()
            .norm(new NormRules(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE, 1e-12))
            .build();
    GraphParts parts = new GraphParts(config, DataType.DOUBLE);
    SDVariable y = parts.norm(parts.input("x", 1, 2), 1, "final.norm");
    parts.inputs.get("x").assign(Nd4j.createFromArray(3.0, 4.0));
    // The root of (9 + 16) / 2 is 3.5355.
    assertThat(run(parts, y, Map.of("final.norm.gain", Nd4j.ones(DataType.DOUBLE, 2)), 1, 2))
        .containsExactly(new double[] {0.8485, 1.1314}, within(1e-4));
  }

  @Test
  void aQuarterTurnTakesOneZeroToZeroOne() {
    // Position 2, divided by 4/π, is an angle of π/2.
    GraphParts parts = rotary(2, PositionRules.rotary(10_000, Scaling.LINEAR, 4 / Math.PI));
    SDVariable y = new Rotary(parts, 1, 3).turn(parts.input("x", 3, 2), 1);
    parts.inputs.get("x").assign(Nd4j.createFromArray(new double[][] {{1, 0}, {1, 0}, {1, 0}}));
    double half = Math.sqrt(0.5);
    assertThat(run(parts, y, Map.of(), 3, 2))
        .containsExactly(new double[] {1, 0, half, half, 0, 1}, within(1e-12));
  }

  @Test
  void productsOfTurnedVectorsDependOnTheDistanceAlone() {
    for (PositionRules rules :
        List.of(
            PositionRules.of(PositionRules.Kind.ROTARY),
            PositionRules.rotary(500, Scaling.LINEAR, 3.0),
            PositionRules.rotary(500, Scaling.NTK, 3.0))) {
      int length = 12;
      GraphParts parts = rotary(8, rules);
      SDVariable y = new Rotary(parts, 1, length).turn(parts.input("x", 2L * length, 8), 2);
      double[] query = {0.3, -1, 2, 0.5, 0.7, 0.1, -0.4, 1.2};
      double[] key = {1, 0.2, -0.6, 0.9, -1.1, 0.8, 0.05, 0.4};
      for (int t = 0; t < length; t++) {
        parts.inputs.get("x").getRow(2L * t).assign(Nd4j.createFromArray(query));
        parts.inputs.get("x").getRow(2L * t + 1).assign(Nd4j.createFromArray(key));
      }
      double[] turned = run(parts, y, Map.of(), 2L * length, 8);
      for (int distance = 0; distance < length; distance++) {
        for (int t = 0; t + distance < length; t++) {
          double product = 0;
          double first = 0;
          for (int i = 0; i < 8; i++) {
            product += turned[2 * (t + distance) * 8 + i] * turned[(2 * t + 1) * 8 + i];
            first += turned[2 * distance * 8 + i] * turned[8 + i];
          }
          assertThat(product).as("%s at %d", rules, t).isCloseTo(first, within(1e-12));
        }
      }
    }
  }

  @Test
  void scoresOfFourteenAndTwelveWeighEightyEightToTwelve() {
    assertThat(weights(1, new double[] {14, 12}, null))
        .containsExactly(new double[] {0.8808, 0.1192}, within(1e-4));
  }

  @Test
  void aRelativeBiasIsAddedToTheScaledProduct() {
    // (12 + 4) / 4 = 4: a product of 12 in 16 columns, and a bias of 4 / 4; against a score of 3.
    double e = Math.exp(4 - 3.0);
    assertThat(weights(16, new double[] {12, 12}, new double[] {1, 0}))
        .containsExactly(new double[] {e / (e + 1), 1 / (e + 1)}, within(1e-12));
  }

  /** The weights that one query gives two keys whose products with it are given. */
  private static double[] weights(int size, double[] products, double[] bias) {
    TransformerConfig config = new TransformerConfig(4, size, 1, 1, 2, 2);
    GraphParts parts = new GraphParts(config, DataType.DOUBLE);
    SDVariable added = bias == null ? null : parts.input("bias", 1, 1, 1, 2);
    StackView view = new StackView(1, 1, 2, false, null, null, added, null);
    SDVariable mixed =
        new AttentionLayers(parts)
            .mix(
                parts.input("q", 1, 1, 1, size),
                parts.input("k", 1, 1, 2, size),
                parts.input("v", 1, 1, 2, size),
                view,
                config.attention(),
                size);
    parts.inputs.get("q").putScalar(0, 1);
    for (int key = 0; key < 2; key++) {
      parts.inputs.get("k").putScalar((long) key * size, products[key]);
    }
    // The first key's value is 1: what comes out is its weight.
    parts.inputs.get("v").putScalar(0, 1);
    if (bias != null) {
      parts.inputs.get("bias").assign(Nd4j.createFromArray(bias).reshape(1, 1, 1, 2));
    }
    double[] first = run(parts, mixed, Map.of(), 1, size);
    return new double[] {first[0], 1 - first[0]};
  }

  private static GraphParts rotary(int width, PositionRules rules) {
    return new GraphParts(
        new TransformerConfig(4, width, 1, 1, 2, 2).edit().position(rules).build(),
        DataType.DOUBLE);
  }

  private static double[] run(
      GraphParts parts, SDVariable output, Map<String, INDArray> parameters, long... shape) {
    INDArray target = Nd4j.create(DataType.DOUBLE, shape);
    Map<String, INDArray> bound = new LinkedHashMap<>(parts.constants);
    bound.putAll(parts.inputs);
    bound.putAll(parameters);
    try (GraphPlan plan =
        new GraphPlan(parts.graph, bound, List.of(Map.of(output.name(), target)))) {
      plan.run(0);
      return target.data().asDouble();
    } finally {
      parts.close();
    }
  }
}
