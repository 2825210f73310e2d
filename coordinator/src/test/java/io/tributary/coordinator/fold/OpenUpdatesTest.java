package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OpenUpdatesTest {
  @Test
  void putsUpdatesInTheOrderOfDigestAndWeight() throws IOException {
    List<FoldInput> inputs = new ArrayList<>(MemoryUpdates.single(1, 2, 3, 4, 5));
    FoldInput twin = inputs.get(0);
    inputs.add(new FoldInput(twin.update(), 9, twin.digest()));
    List<FoldInput> sorted = inputs.stream().sorted(FoldInput.CANONICAL).toList();
    for (int shuffle = 0; shuffle < 5; shuffle++) {
      Collections.shuffle(inputs, new Random(shuffle));
      try (OpenUpdates updates = new OpenUpdates(inputs, 1, ByteBuffer.allocateDirect(4))) {
        assertThat(updates.count()).isEqualTo(6);
        assertThat(updates.totalWeight()).isEqualTo(5 + 9);
        for (int i = 0; i < 6; i++) {
          assertThat(updates.weight(i)).isEqualTo(sorted.get(i).weight());
          float[] value = new float[1];
          updates.read(i, 0, 1, value);
          assertThat((double) value[0]).isEqualTo(MemoryUpdates.values(sorted.get(i), 1)[0]);
        }
      }
    }
  }

  @Test
  void readsStretchesLongerThanItsBuffer() throws IOException {
    List<FoldInput> one = List.of(MemoryUpdates.input(1, 1, 2, 3, 4, 5, 6, 7));
    try (OpenUpdates updates = new OpenUpdates(one, 7, ByteBuffer.allocateDirect(8))) {
      assertThat(updates.valueCount()).isEqualTo(7);
      float[] values = new float[5];
      updates.read(0, 1, 5, values);
      assertThat(values).containsExactly(2, 3, 4, 5, 6);
    }
  }
}
