package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.common.wire.Digest;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every rule must keep to. */
class AggregatorContractTest {
  private static final int WHOLE = 1 << 20;

  private static AggregationRules rules(Rule rule) {
    return switch (rule) {
      case TRIMMED_MEAN -> new AggregationRules(rule, 0.25, null, null, null, null);
      case KRUM, MULTI_KRUM -> new AggregationRules(rule, null, 1, null, null, null);
      case NORM_CLIPPED_MEAN -> new AggregationRules(rule, null, null, null, 4.0, null);
      case GEOMETRIC_MEDIAN -> new AggregationRules(rule, null, null, null, null, 50);
      default -> new AggregationRules(rule, null, null, null, null, null);
    };
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithTheNaiveRuleOfItsPaper(Rule rule) {
    Random random = new Random(11);
    for (int updates = 5; updates < 25; updates++) {
      int values = 1 + random.nextInt(60);
      List<FoldInput> inputs = MemoryUpdates.random(random, updates, values);
      double[][] x =
          inputs.stream()
              .map(input -> MemoryUpdates.values(input, values))
              .toArray(double[][]::new);
      long[] weights = inputs.stream().mapToLong(FoldInput::weight).toArray();
      double[] naive = NaiveRules.aggregate(rules(rule), x, weights);
      double[] tiled = MemoryUpdates.aggregate(Aggregators.of(rules(rule)), inputs, values, 16);
      assertThat(tiled).as("%d updates", updates).containsExactly(naive, within(1e-8));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyOrderOfTheUpdatesAndEveryTileSizeGiveTheSameBits(Rule rule) {
    Random random = new Random(7);
    int values = 2 * Blocks.VALUES + 77;
    List<FoldInput> inputs = new ArrayList<>(MemoryUpdates.random(random, 9, values));
    inputs.add(inputs.get(3)); // the same update twice, and once with another weight
    FoldInput twin = inputs.get(5);
    inputs.add(new FoldInput(twin.update(), twin.weight() + 1, twin.digest()));
    double[] expected = MemoryUpdates.aggregate(Aggregators.of(rules(rule)), inputs, values, WHOLE);
    for (int tileValues : new int[] {1000, Blocks.VALUES, 1}) {
      Collections.shuffle(inputs, random);
      assertThat(MemoryUpdates.aggregate(Aggregators.of(rules(rule)), inputs, values, tileValues))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void updatesThatAgreeGiveWhatTheyAgreeOn(Rule rule) {
    float[] same = {0.5f, -0.125f, 1e-3f, 0};
    List<FoldInput> inputs = new ArrayList<>();
    for (int weight = 1; weight <= 7; weight++) {
      inputs.add(MemoryUpdates.input(weight, same));
    }
    assertThat(MemoryUpdates.aggregate(Aggregators.of(rules(rule)), inputs, 4, 4))
        .containsExactly(new double[] {0.5, -0.125, 1e-3f, 0}, within(1e-10));
  }

  @ParameterizedTest
  @EnumSource(
      names = {"KRUM", "MULTI_KRUM"},
      mode = EnumSource.Mode.EXCLUDE)
  void oneUpdateGivesItself(Rule rule) {
    List<FoldInput> one = List.of(MemoryUpdates.input(17, 0.3f, -2f, 1e-6f));
    assertThat(MemoryUpdates.aggregate(Aggregators.of(rules(rule)), one, 3, 2))
        .containsExactly(new double[] {0.3f, -2, 1e-6f}, within(1e-10));
  }

  @ParameterizedTest
  @EnumSource
  void holdsABoundedPartOfTheUpdatesHoweverManyTheyAre(Rule rule) {
    int values = 40_000;
    int updates = 256; // 41 MB
    List<FoldInput> inputs = IntStream.range(0, updates).mapToObj(i -> generated(i)).toList();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    double[] aggregate =
        MemoryUpdates.aggregate(
            Aggregators.of(rules(rule)), inputs, values, Aggregator.TILE_VALUES);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(aggregate).hasSize(values);
    assertThat(allocated).isLessThan(AllUpdates.HELD_VALUES * 4L + 6_000_000);
  }

  /** An update whose values are made as they are read. */
  private static FoldInput generated(int number) {
    UpdateReader reader =
        new UpdateReader() {
          @Override
          public void read(long offsetBytes, ByteBuffer into) {
            int value = number * 7919 + (int) offsetBytes;
            while (into.hasRemaining()) {
              value = value * 1664525 + 1013904223;
              into.putFloat(value * 0x1p-31f);
            }
          }

          @Override
          public void close() {}
        };
    return new FoldInput(() -> reader, 1, Digest.sha256(new byte[] {(byte) number}));
  }

  @ParameterizedTest
  @EnumSource(names = {"MEDIAN", "TRIMMED_MEAN", "GEOMETRIC_MEDIAN", "KRUM", "MULTI_KRUM"})
  void aRuleThatComparesUpdatesRefusesMoreThanItsBound(Rule rule) {
    assertThatThrownBy(() -> Aggregators.of(rules(rule)).tileValues(2049))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("the rule " + rule + " compares")
        .hasMessageContaining("at most 2048, but 2049 came");
    assertThat(Aggregators.of(rules(rule)).tileValues(2048)).isPositive();
  }
}
