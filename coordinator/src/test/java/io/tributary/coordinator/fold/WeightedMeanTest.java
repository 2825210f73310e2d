package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WeightedMeanTest {
  @Test
  void everyUpdateCountsByItsWeight() {
    // (1 · 1 + 3 · −1) / 4 and (0.5 + 0.75) / 4.
    List<FoldInput> inputs =
        List.of(MemoryUpdates.input(1, 1, 0.5f), MemoryUpdates.input(3, -1, 0.25f));
    assertThat(MemoryUpdates.aggregate(new WeightedMean(), inputs, 2, 2))
        .containsExactly(-0.5, 0.3125);
  }
}
