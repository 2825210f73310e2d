package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelShelfTest {
  private static final int CHUNK = 8;
  private final ModelShelf shelf = new ModelShelf();
  private final List<float[]> got = new ArrayList<>();

  private static ByteBuffer bytes(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static Manifest manifest(float... values) {
    return Manifest.of(bytes(values), CHUNK);
  }

  private void deliver(int index, float... values) {
    Manifest manifest = manifest(values);
    int at = (int) manifest.chunkOffset(index);
    shelf.chunk(
        manifest,
        index,
        Unpooled.wrappedBuffer(bytes(values).slice(at, manifest.chunkLength(index))));
  }

  private ChunkSet ask(float... values) {
    return shelf.ask(manifest(values), got::add);
  }

  @Test
  void theFirstWhoAsksDownloadsForEverybody() {
    assertThat(ask(1, 2, 3)).isEqualTo(ChunkSet.all(2));
    assertThat(ask(1, 2, 3)).isEqualTo(ChunkSet.none(2));
    deliver(1, 1, 2, 3);
    assertThat(got).isEmpty();
    deliver(0, 1, 2, 3);
    deliver(0, 1, 2, 3); // once more changes nothing
    assertThat(ask(1, 2, 3).isEmpty()).isTrue();
    assertThat(got).hasSize(3).allSatisfy(weights -> assertThat(weights).isSameAs(got.get(0)));
    assertThat(got.get(0)).containsExactly(1, 2, 3);
  }

  @Test
  void twoModelsAreKept() {
    for (float value = 1; value <= 3; value++) {
      assertThat(ask(value, value).isEmpty()).isFalse();
      deliver(0, value, value);
    }
    assertThat(ask(3, 3).isEmpty()).isTrue();
    assertThat(ask(2, 2).isEmpty()).isTrue();
    assertThat(ask(1, 1).isEmpty()).isFalse();
  }

  @Test
  void spoiltChunksAndModelsWithoutNumbersAreRefused() {
    ChunkSet unusedLacking = ask(1, 2);
    assertThatThrownBy(() -> shelf.chunk(manifest(1, 2), 0, Unpooled.wrappedBuffer(bytes(1, 3))))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("does not match");
    unusedLacking = ask(1, Float.NaN);
    assertThatThrownBy(() -> deliver(0, 1, Float.NaN))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("NaN");
    assertThat(got).isEmpty();
  }
}
