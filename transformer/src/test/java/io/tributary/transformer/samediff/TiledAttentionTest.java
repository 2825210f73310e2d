package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.AttentionRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Tiles against the whole matrix, and their derivative against its differences. */
class TiledAttentionTest {
  private static final int BATCHES = 2;
  private static final int HEADS = 2;
  private static final int WIDTH = 3;
  private static final int VALUE_WIDTH = 2;
  private static final double SCALE = 0.8;

  /** Every pattern, causal and not, alone and in groups, with and without a ragged last tile. */
  static Stream<NaiveAttention> all() {
    List<NaiveAttention> cases = new ArrayList<>();
    for (AttentionRules rules :
        List.of(
            AttentionRules.MULTI_HEAD,
            AttentionRules.MULTI_HEAD.local(2),
            AttentionRules.MULTI_HEAD.local(5),
            AttentionRules.MULTI_HEAD.strided(3),
            AttentionRules.MULTI_HEAD.blockSparse(2, 0),
            AttentionRules.MULTI_HEAD.blockSparse(3, 2))) {
      for (boolean causal : new boolean[] {true, false}) {
        for (int groups = 1; groups <= 2; groups++) {
          for (int tile : new int[] {1, 3, 4, 20}) {
            int length = tile == 3 ? 9 : 8 + tile % 3;
            cases.add(attention(groups, length, length, rules.tiled(tile), causal));
          }
        }
      }
    }
    cases.add(attention(2, 5, 11, AttentionRules.MULTI_HEAD.tiled(4), false));
    cases.add(attention(1, 11, 5, AttentionRules.MULTI_HEAD.tiled(4), false));
    // Queries behind the last key's window see nothing; keys behind the last query are not seen.
    cases.add(attention(1, 4, 11, AttentionRules.MULTI_HEAD.tiled(3), true));
    return cases.stream();
  }

  private static NaiveAttention attention(
      int groups, int queries, int keys, AttentionRules rules, boolean causal) {
    return new NaiveAttention(
        BATCHES, HEADS, groups, queries, keys, WIDTH, VALUE_WIDTH, SCALE, rules, causal);
  }

  private static NodeHarness harness(
      NaiveAttention like, TiledAttention tiled, DataType type, boolean masked) {
    return new NodeHarness(
        type,
        shapes(like, masked),
        List.of("q", "k", "v"),
        outputShape(like),
        in ->
            tiled.apply(
                in.get("q"),
                in.get("k"),
                in.get("v"),
                like.scale(),
                like.rules(),
                like.causal(),
                like.groups(),
                in.get("mask")));
  }

  private static long[] outputShape(NaiveAttention like) {
    return new long[] {
      like.batches(), like.heads(), (long) like.groups() * like.queries(), like.valueWidth()
    };
  }

  private static Map<String, long[]> shapes(NaiveAttention like, boolean masked) {
    long b = like.batches();
    long h = like.heads();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("q", new long[] {b, h, (long) like.groups() * like.queries(), like.width()});
    shapes.put("k", new long[] {b, h, like.keys(), like.width()});
    shapes.put("v", new long[] {b, h, like.keys(), like.valueWidth()});
    if (masked) {
      shapes.put("mask", new long[] {b, 1, 1, like.keys()});
    }
    return shapes;
  }

  private static Map<String, double[]> values(NaiveAttention like, long seed) {
    Map<String, double[]> values = new LinkedHashMap<>();
    shapes(like, false)
        .forEach((name, shape) -> values.put(name, NodeHarness.gaussian(seed, name, shape)));
    return values;
  }

  private static double[] expected(NaiveAttention oracle, Map<String, double[]> values) {
    return oracle.output(
        values.get("q"),
        values.get("k"),
        values.get("v"),
        values.getOrDefault("mask", new double[0]));
  }

  private static void assertGradients(
      NodeHarness node, NaiveAttention oracle, Map<String, double[]> values) {
    double[] seed = NodeHarness.gaussian(5, "seed", outputShape(oracle));
    Map<String, double[]> gradients = node.backward(seed);
    gradients.forEach(
        (name, gradient) -> {
          double[] differences =
              NodeHarness.differences(
                  values.get(name),
                  1e-5,
                  () -> {
                    double[] y = expected(oracle, values);
                    double sum = 0;
                    for (int i = 0; i < y.length; i++) {
                      sum += seed[i] * y[i];
                    }
                    return sum;
                  });
          assertThat(gradient)
              .as("gradient of %s", name)
              .containsExactly(differences, within(1e-8));
        });
  }

  @ParameterizedTest
  @MethodSource("all")
  void equalsFullAttentionAndItsDifferences(NaiveAttention oracle) {
    try (NodeHarness node = harness(oracle, new TiledAttention(), DataType.DOUBLE, false)) {
      for (int run = 1; run <= 2; run++) { // nothing of the first run may be left in the second
        Map<String, double[]> values = values(oracle, run);
        assertThat(node.forward(values)).containsExactly(expected(oracle, values), within(1e-10));
        assertGradients(node, oracle, values);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void floatsEqualFullAttention(NaiveAttention oracle) {
    Map<String, double[]> values = values(oracle, 3);
    try (NodeHarness node = harness(oracle, new TiledAttention(), DataType.FLOAT, false)) {
      assertThat(node.forward(values)).containsExactly(expected(oracle, values), within(1e-5));
      double[] seed = NodeHarness.gaussian(5, "seed", outputShape(oracle));
      Map<String, double[]> gradients = node.backward(seed);
      try (NodeHarness precise = harness(oracle, new TiledAttention(), DataType.DOUBLE, false)) {
        precise.forward(values);
        precise
            .backward(seed)
            .forEach(
                (name, gradient) ->
                    assertThat(gradients.get(name)).containsExactly(gradient, within(1e-5)));
      }
    }
  }

  @Test
  void largeScoresDoNotOverflow() {
    NaiveAttention oracle = attention(1, 9, 9, AttentionRules.MULTI_HEAD.tiled(4), true);
    Map<String, double[]> values = values(oracle, 4);
    values.replaceAll(
        (name, v) -> name.equals("v") ? v : DoubleStream.of(v).map(x -> 30 * x).toArray());
    try (NodeHarness node = harness(oracle, new TiledAttention(), DataType.FLOAT, false)) {
      assertThat(node.forward(values)).containsExactly(expected(oracle, values), within(1e-3));
    }
  }

  @ParameterizedTest
  @MethodSource("masked")
  void paddingIsNotSeen(NaiveAttention oracle) {
    Map<String, double[]> values = values(oracle, 6);
    double[] mask = new double[BATCHES * oracle.keys()];
    Arrays.fill(mask, 6, oracle.keys(), -1e9); // the first sequence is short
    values.put("mask", mask);
    try (NodeHarness node = harness(oracle, new TiledAttention(), DataType.DOUBLE, true)) {
      assertThat(node.forward(values)).containsExactly(expected(oracle, values), within(1e-10));
      assertGradients(node, oracle, values);
    }
  }

  static Stream<NaiveAttention> masked() {
    return Stream.of(
        attention(1, 10, 10, AttentionRules.MULTI_HEAD.tiled(4), false),
        attention(2, 10, 10, AttentionRules.MULTI_HEAD.tiled(3), true),
        attention(2, 4, 10, AttentionRules.MULTI_HEAD.tiled(3), false),
        attention(1, 10, 10, AttentionRules.MULTI_HEAD.blockSparse(3, 1).tiled(4), false));
  }

  @Test
  void aRowThatSeesNothingIsFiniteAndPassesNoGradientOn() {
    NaiveAttention like = attention(1, 6, 6, AttentionRules.MULTI_HEAD.tiled(4), true);
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      Map<String, double[]> values = values(like, 7);
      double[] mask = new double[BATCHES * 6];
      Arrays.fill(mask, 0, 6, -1e9);
      values.put("mask", mask);
      try (NodeHarness node = harness(like, new TiledAttention(), type, true)) {
        assertThat(DoubleStream.of(node.forward(values)).allMatch(Double::isFinite)).isTrue();
        Map<String, double[]> gradients =
            node.backward(NodeHarness.gaussian(5, "seed", outputShape(like)));
        gradients.forEach(
            (name, gradient) -> {
              int half = gradient.length / BATCHES;
              assertThat(Arrays.copyOf(gradient, half)).as(name).containsOnly(0);
              assertThat(DoubleStream.of(gradient).skip(half).anyMatch(g -> g != 0)).isTrue();
            });
      }
    }
  }

  @Test
  void pairsThatThePatternHidesAreNotComputed() {
    AttentionRules tiles = AttentionRules.MULTI_HEAD.tiled(16);
    assertThat(pairs(tiles, true)).isEqualTo(8 * 9 / 2);
    assertThat(pairs(tiles, false)).isEqualTo(8 * 8);
    assertThat(pairs(tiles.local(16), true)).isEqualTo(8 + 7);
    assertThat(pairs(tiles.blockSparse(16, 0), true)).isEqualTo(8 + 7);
    assertThat(pairs(tiles.blockSparse(16, 3), true)).isEqualTo(8 + 7 + 6);
    assertThat(new TilePattern(tiles, true, 128, 128).masks()).as("the diagonal's").hasSize(1);
  }

  private static int pairs(AttentionRules rules, boolean causal) {
    TilePattern pattern = new TilePattern(rules, causal, 128, 128);
    int count = 0;
    for (int i = 0; i < pattern.queryTiles(); i++) {
      count += pattern.row(i).size();
    }
    return count;
  }

  @Test
  void memoryGrowsWithTheTileAndNotWithTheSquareOfTheContext() {
    AttentionRules rules = AttentionRules.MULTI_HEAD.tiled(8);
    long half = scratchAfterARun(64, rules);
    long whole = scratchAfterARun(128, rules);
    assertThat(whole).isLessThan(2 * half).isLessThan(128 * 128);
  }

  private static long scratchAfterARun(int length, AttentionRules rules) {
    NaiveAttention like = attention(1, length, length, rules, true);
    TiledAttention tiled = new TiledAttention();
    try (NodeHarness node = harness(like, tiled, DataType.FLOAT, false)) {
      double[] seed = NodeHarness.gaussian(5, "seed", outputShape(like));
      node.forward(values(like, 1));
      node.backward(seed);
      long values = tiled.scratchValues();
      for (int run = 0; run < 50; run++) {
        node.forward(values(like, run));
        node.backward(seed);
      }
      assertThat(tiled.scratchValues()).as("after 50 more runs").isEqualTo(values);
      return values;
    }
  }
}
