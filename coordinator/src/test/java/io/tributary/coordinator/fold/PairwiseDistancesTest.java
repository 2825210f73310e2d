package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class PairwiseDistancesTest {
  private static PairwiseDistances of(List<FoldInput> inputs, int values, int passValues)
      throws IOException {
    try (OpenUpdates updates = new OpenUpdates(inputs, values, ByteBuffer.allocateDirect(256))) {
      return PairwiseDistances.of(updates, passValues);
    }
  }

  @Test
  void measuresEveryPairAndTheSameBitsWhateverThePass() throws IOException {
    int values = 3 * Blocks.VALUES + 5;
    List<FoldInput> inputs =
        MemoryUpdates.random(new Random(4), 5, values).stream()
            .sorted(FoldInput.CANONICAL)
            .toList();
    PairwiseDistances distances = of(inputs, values, 1);
    PairwiseDistances inOnePass = of(inputs, values, 1 << 16);
    assertThat(distances.count()).isEqualTo(5);
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 5; j++) {
        double[] a = MemoryUpdates.values(inputs.get(i), values);
        double[] b = MemoryUpdates.values(inputs.get(j), values);
        double expected = 0;
        for (int v = 0; v < values; v++) {
          expected += (a[v] - b[v]) * (a[v] - b[v]);
        }
        assertThat(distances.squared(i, j))
            .isCloseTo(expected, Percentage.withPercentage(1e-9))
            .isEqualTo(distances.squared(j, i))
            .isEqualTo(inOnePass.squared(i, j));
      }
    }
  }

  @Test
  void seesTheDifferenceOfNearlyEqualUpdates() throws IOException {
    float value = 8;
    PairwiseDistances distances =
        of(MemoryUpdates.single(value, Math.nextDown(value)), 1, Blocks.VALUES);
    assertThat(distances.squared(0, 1)).isEqualTo(0x1p-42); // one unit in the last place is 2^-21
  }
}
