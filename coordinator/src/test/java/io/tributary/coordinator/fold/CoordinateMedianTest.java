package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CoordinateMedianTest {
  private static final Aggregator MEDIAN = new CoordinateMedian();

  @Test
  void takesTheMiddleValueOrTheMeanOfTheTwoInTheMiddle() {
    assertThat(MemoryUpdates.aggregate(MEDIAN, MemoryUpdates.single(3, -1, 8))).isEqualTo(3);
    assertThat(MemoryUpdates.aggregate(MEDIAN, MemoryUpdates.single(3, -1, 8, 4))).isEqualTo(3.5);
    assertThat(MemoryUpdates.aggregate(MEDIAN, MemoryUpdates.single(-5, -1))).isEqualTo(-3);
  }

  @Test
  void weightsDoNotCount() {
    List<FoldInput> inputs =
        List.of(
            MemoryUpdates.input(1, 1f), MemoryUpdates.input(1, 2f), MemoryUpdates.input(999, 8f));
    assertThat(MemoryUpdates.aggregate(MEDIAN, inputs)).isEqualTo(2);
  }

  @Test
  void staysAmongHonestValuesWhileFewerThanHalfLie() {
    Random random = new Random(5);
    List<FoldInput> inputs = new ArrayList<>();
    double[] least = {1, 1, 1};
    double[] most = {-1, -1, -1};
    for (int honest = 0; honest < 6; honest++) {
      float[] delta = {random.nextFloat(), -random.nextFloat(), random.nextFloat() - 0.5f};
      for (int i = 0; i < 3; i++) {
        least[i] = Math.min(least[i], delta[i]);
        most[i] = Math.max(most[i], delta[i]);
      }
      inputs.add(MemoryUpdates.input(1, delta));
    }
    for (int lying = 0; lying < 5; lying++) {
      inputs.add(MemoryUpdates.input(1000, 8, 8, lying % 2 == 0 ? 8 : -8));
    }
    double[] median = MemoryUpdates.aggregate(MEDIAN, inputs, 3, 3);
    for (int i = 0; i < 3; i++) {
      assertThat(median[i]).isBetween(least[i], most[i]);
    }
  }
}
