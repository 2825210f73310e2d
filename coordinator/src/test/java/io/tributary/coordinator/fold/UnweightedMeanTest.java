package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class UnweightedMeanTest {
  @Test
  void everyUpdateCountsTheSameWhateverItsWeight() {
    List<FoldInput> inputs =
        List.of(MemoryUpdates.input(1, 1, -2), MemoryUpdates.input(1_000_000, 3, 4));
    assertThat(MemoryUpdates.aggregate(new UnweightedMean(), inputs, 2, 2)).containsExactly(2, 1);
  }
}
