package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.transformer.NaiveExperts;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The mixture's node and its derivative against token-by-token code and its differences. */
class ExpertsTest {
  private static final int TOKENS = 12;
  private static final int WIDTH = 5;
  private static final int EXPERTS = 4;
  private static final int INNER = 3;
  private static final double BALANCE = 0.7;

  private static Map<String, double[]> values(long seed) {
    Map<String, double[]> values = new LinkedHashMap<>();
    shapes(TOKENS, false)
        .forEach((name, shape) -> values.put(name, NodeHarness.gaussian(seed, name, shape)));
    return values;
  }

  private static Map<String, long[]> shapes(int tokens, boolean withMask) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("x", new long[] {tokens, WIDTH});
    shapes.put("router", new long[] {tokens, EXPERTS});
    shapes.put("input", new long[] {EXPERTS, WIDTH, 2 * INNER});
    shapes.put("output", new long[] {EXPERTS, INNER, WIDTH});
    if (withMask) {
      shapes.put("mask", new long[] {2, 1, 1, tokens / 2});
    }
    return shapes;
  }

  private static FeedForwardRules rules(int topK, Double capacity) {
    return new FeedForwardRules(FeedForwardRules.Kind.EXPERTS, EXPERTS, topK, capacity, BALANCE);
  }

  private static NodeHarness harness(Experts experts, DataType type, boolean withMask) {
    return new NodeHarness(
        type,
        shapes(TOKENS, withMask),
        List.of("x", "router", "input", "output"),
        new long[] {TOKENS, WIDTH},
        v ->
            experts.apply(
                v.get("x"), v.get("router"), v.get("input"), v.get("output"), v.get("mask")));
  }

  private static NaiveExperts oracle(int topK, double capacity) {
    return new NaiveExperts(TOKENS, WIDTH, EXPERTS, INNER, topK, capacity, BALANCE);
  }

  private static boolean[] everyone() {
    boolean[] present = new boolean[TOKENS];
    Arrays.fill(present, true);
    return present;
  }

  /** Compares one run with the oracle's output and with differences of the oracle's loss. */
  private static void assertAgrees(
      NodeHarness node,
      Experts experts,
      NaiveExperts oracle,
      Map<String, double[]> values,
      boolean[] present,
      double tolerance) {
    double[] seed = NodeHarness.gaussian(9, "seed", TOKENS, WIDTH);
    double[] y = node.forward(values);
    Map<String, double[]> gradients = node.backward(seed);
    double[] expected = run(oracle, values, present);
    assertThat(y).containsExactly(expected, within(tolerance));
    assertThat(experts.balanceLoss()).isCloseTo(oracle.balanceLoss, within(tolerance));
    for (String name : List.of("x", "router", "input", "output")) {
      double[] differences =
          NodeHarness.differences(
              values.get(name), 1e-5, () -> loss(oracle, values, present, seed));
      assertThat(gradients.get(name))
          .as("gradient of %s", name)
          .containsExactly(differences, within(Math.max(1e-6, 10 * tolerance)));
    }
  }

  private static double[] run(NaiveExperts oracle, Map<String, double[]> values, boolean[] there) {
    return oracle.output(
        values.get("x"), values.get("router"), values.get("input"), values.get("output"), there);
  }

  private static double loss(
      NaiveExperts oracle, Map<String, double[]> values, boolean[] there, double[] seed) {
    double[] y = run(oracle, values, there);
    double sum = oracle.balanceLoss;
    for (int i = 0; i < y.length; i++) {
      sum += seed[i] * y[i];
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"1,", "2,", "3,", "4,", "1,1.0", "2,0.75", "2,1.0", "3,0.5"})
  void outputAndEveryGradientAgreeWithTheOracle(int topK, Double capacity) {
    Experts experts = new Experts(rules(topK, capacity));
    NaiveExperts oracle = oracle(topK, capacity == null ? 1e9 : capacity);
    try (NodeHarness node = harness(experts, DataType.DOUBLE, false)) {
      assertAgrees(node, experts, oracle, values(1), everyone(), 1e-9);
      // Other values, other routes: nothing of the first run may be left.
      assertAgrees(node, experts, oracle, values(2), everyone(), 1e-9);
      assertAgrees(node, experts, oracle, values(1), everyone(), 1e-9);
    }
  }

  @Test
  void floatsAgreeWithTheOracleAsFarAsFloatsGo() {
    Experts experts = new Experts(rules(2, null));
    try (NodeHarness node = harness(experts, DataType.FLOAT, false)) {
      assertAgrees(node, experts, oracle(2, 1e9), values(3), everyone(), 2e-5);
    }
  }

  @Test
  void allTokensMayGoToOneExpert() {
    Map<String, double[]> values = values(1);
    for (int token = 0; token < TOKENS; token++) {
      values.get("router")[token * EXPERTS + 2] += 20;
    }
    Experts experts = new Experts(rules(1, null));
    try (NodeHarness node = harness(experts, DataType.DOUBLE, false)) {
      assertAgrees(node, experts, oracle(1, 1e9), values, everyone(), 1e-9);
      assertThat(experts.balanceLoss()).isCloseTo(BALANCE * EXPERTS, within(1e-6));
      double[] unused = Arrays.copyOf(node.backward(new double[TOKENS * WIDTH]).get("input"), 9);
      assertThat(unused).containsOnly(0);
    }
  }

  @Test
  void capacityDropsLaterTokensAndTheirWeightIsLost() {
    Map<String, double[]> values = values(1);
    for (int token = 0; token < TOKENS; token++) {
      values.get("router")[token * EXPERTS + 2] += 20;
    }
    Experts experts = new Experts(rules(1, 1.0)); // each takes 12 / 4 = 3
    NaiveExperts oracle = oracle(1, 1.0);
    try (NodeHarness node = harness(experts, DataType.DOUBLE, false)) {
      assertAgrees(node, experts, oracle, values, everyone(), 1e-9);
      double[] y = node.forward(values);
      assertThat(Arrays.copyOf(y, 3 * WIDTH)).doesNotContain(0);
      assertThat(Arrays.copyOfRange(y, 3 * WIDTH, y.length)).containsOnly(0);
      assertThat(oracle.served[2][0]).isTrue();
      assertThat(oracle.served[3][0]).isFalse();
    }
  }

  @Test
  void allExpertsTogetherAreTheDenseMixture() {
    Map<String, double[]> values = values(4);
    double[] router = values.get("router");
    double[] expected = new double[TOKENS * WIDTH];
    for (int e = 0; e < EXPERTS; e++) {
      // One expert alone answers with weight 1.
      Map<String, double[]> alone = new LinkedHashMap<>(values);
      double[] logits = new double[router.length];
      for (int token = 0; token < TOKENS; token++) {
        logits[token * EXPERTS + e] = 1;
      }
      alone.put("router", logits);
      double[] answer = run(oracle(1, 1e9), alone, everyone());
      for (int i = 0; i < answer.length; i++) {
        double sum = 0;
        for (int other = 0; other < EXPERTS; other++) {
          sum += Math.exp(router[i / WIDTH * EXPERTS + other]);
        }
        expected[i] += Math.exp(router[i / WIDTH * EXPERTS + e]) / sum * answer[i];
      }
    }
    try (NodeHarness node = harness(new Experts(rules(4, null)), DataType.DOUBLE, false)) {
      assertThat(node.forward(values)).containsExactly(expected, within(1e-12));
    }
  }

  @Test
  void equalLogitsGoToTheLowerExpertsAndCostTheLeastBalance() {
    Map<String, double[]> values = values(5);
    Arrays.fill(values.get("router"), 0.25);
    Experts experts = new Experts(rules(2, null));
    try (NodeHarness node = harness(experts, DataType.DOUBLE, false)) {
      double[] y = node.forward(values);
      assertThat(y).containsExactly(run(oracle(2, 1e9), values, everyone()), within(1e-12));
      assertThat(experts.balanceLoss()).isCloseTo(BALANCE, within(1e-12));
      // All the load is on experts 0 and 1: descent takes their logits down and the others up.
      double[] pull = node.backward(new double[y.length]).get("router");
      for (int i = 0; i < pull.length; i++) {
        assertThat(Math.signum(pull[i])).isEqualTo(i % EXPERTS < 2 ? 1 : -1);
      }
      for (int run = 6; run < 20; run++) {
        node.forward(values(run));
        assertThat(experts.balanceLoss()).isGreaterThan(BALANCE);
      }
    }
  }

  @Test
  void paddingGoesNowhereAndCountsNowhere() {
    boolean[] present = everyone();
    Map<String, double[]> values = values(7);
    double[] mask = new double[TOKENS];
    for (int token : new int[] {4, 5, 11}) {
      present[token] = false;
      mask[token] = -1e9;
    }
    values.put("mask", mask);
    Experts experts = new Experts(rules(2, 0.9));
    try (NodeHarness node = harness(experts, DataType.DOUBLE, true)) {
      assertAgrees(node, experts, oracle(2, 0.9), values, present, 1e-9);
      assertThat(Arrays.copyOfRange(node.forward(values), 4 * WIDTH, 6 * WIDTH)).containsOnly(0);
    }
  }

  @Test
  void layersShareWhatTheDerivativeDoesNotNeed() {
    long one = scratchAfterARun(1, true);
    long three = scratchAfterARun(3, true);
    int slots = TOKENS * 2;
    assertThat(three - one).isEqualTo(2L * (slots * (3 * INNER + 1 + 1) + 2 * TOKENS));
    assertThat(scratchAfterARun(3, false)).isEqualTo(scratchAfterARun(1, false)).isEqualTo(one);
  }

  private static long scratchAfterARun(int layers, boolean trained) {
    Experts experts = new Experts(rules(2, null));
    try (NodeHarness node =
        new NodeHarness(
            DataType.DOUBLE,
            shapes(TOKENS, false),
            trained ? List.of("x") : List.of(),
            new long[] {TOKENS, WIDTH},
            v -> {
              var x = v.get("x");
              for (int layer = 0; layer < layers; layer++) {
                x = experts.apply(x, v.get("router"), v.get("input"), v.get("output"), null);
              }
              return x;
            })) {
      node.forward(values(1));
      return experts.scratchValues();
    }
  }

  @Test
  void twoHundredRunsAllocateNothingThatStays() {
    Experts experts = new Experts(rules(2, 1.0));
    double[] seed = NodeHarness.gaussian(1, "seed", TOKENS, WIDTH);
    try (NodeHarness node = harness(experts, DataType.FLOAT, false)) {
      node.forward(values(0));
      node.backward(seed);
      long before = experts.scratchValues();
      for (int run = 0; run < 200; run++) {
        node.forward(values(run));
        node.backward(seed);
      }
      assertThat(experts.scratchValues()).isEqualTo(before);
    }
    assertThat(experts.scratchValues()).as("after closing").isZero();
  }
}
