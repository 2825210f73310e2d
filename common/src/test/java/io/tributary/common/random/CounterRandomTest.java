package io.tributary.common.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

  /** Frozen bits: a change here changes every job's weights, batches and splits. */
  @Test
  void bitsAreFrozen() {
    CounterRandom random = new CounterRandom(1, 2);
    assertThat(new long[] {random.nextLong(), random.nextLong(), random.nextLong()})
        .containsExactly(137982147478831825L, -7321624803780300815L, -5872887189274009133L);
    assertThat(Double.doubleToLongBits(new CounterRandom(1, 2).nextGaussian()))
        .isEqualTo(-4631666229228945577L);
    assertThat(new CounterRandom(3, "order").permutation(8))
        .containsExactly(4, 3, 7, 5, 6, 2, 0, 1);
    assertThat(CounterRandom.deriveSeed(9, 1, 2)).isEqualTo(-8170578423632685939L);
  }

  @Test
  void streamsAndDerivedSeedsDiffer() {
    Set<Long> seen = new HashSet<>();
    for (long part = 0; part < 100; part++) {
      seen.add(new CounterRandom(5, part).nextLong());
      seen.add(CounterRandom.deriveSeed(5, part, 0));
      seen.add(CounterRandom.deriveSeed(5, 0, part + 1000));
    }
    assertThat(seen).hasSize(300);
  }

  @Test
  void gaussiansHaveMeanZeroAndVarianceOne() {
    CounterRandom random = new CounterRandom(11, 0);
    int count = 200_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double value = random.nextGaussian();
      sum += value;
      squares += value * value;
    }
    assertThat(sum / count).isCloseTo(0, within(0.01));
    assertThat(squares / count).isCloseTo(1, within(0.015));
  }

  @Test
  void boundedIntsAreUniform() {
    CounterRandom random = new CounterRandom(12, 0);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[random.nextInt(7)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(9_600, 10_400);
    }
    assertThat(random.nextInt(1)).isZero();
    assertThat(random.nextInt(Integer.MAX_VALUE)).isNotNegative();
    assertThatThrownBy(() -> random.nextInt(0)).hasMessageContaining("bound is 0");
  }

  @Test
  void permutationHoldsEveryIndexOnceAndOrdersAreEquallyLikely() {
    CounterRandom random = new CounterRandom(13, 0);
    assertThat(random.permutation(100)).hasSize(100).doesNotHaveDuplicates();
    int[] orders = new int[6];
    for (int i = 0; i < 12_000; i++) {
      int[] order = random.permutation(3);
      orders[order[0] * 2 + (order[1] > order[2] ? 1 : 0)]++;
    }
    for (int count : orders) {
      assertThat(count).isBetween(1_800, 2_200);
    }
  }
}
