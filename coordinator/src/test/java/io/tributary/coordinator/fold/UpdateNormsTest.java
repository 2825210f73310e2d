package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class UpdateNormsTest {
  @Test
  void takesTheNormOverAllTiles() throws IOException {
    int values = Aggregator.TILE_VALUES + 3;
    float[] ones = new float[values];
    Arrays.fill(ones, 0.5f);
    float[] last = new float[values];
    last[0] = 3;
    last[values - 1] = -4;
    List<FoldInput> inputs =
        List.of(MemoryUpdates.input(1, ones), MemoryUpdates.input(1, last)).stream()
            .sorted(FoldInput.CANONICAL)
            .toList();
    try (OpenUpdates updates = new OpenUpdates(inputs, values, ByteBuffer.allocateDirect(1024))) {
      double[] norms = UpdateNorms.of(updates);
      for (int i = 0; i < 2; i++) {
        boolean isLast = MemoryUpdates.values(inputs.get(i), values)[0] == 3;
        assertThat(norms[i])
            .isCloseTo(isLast ? 5 : Math.sqrt(values) / 2, Percentage.withPercentage(1e-10));
      }
    }
  }
}
