package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class FrameBuffersTest {
  private static final int BYTES = FrameBuffers.FRAME_BYTES;

  private final FrameBuffers buffers = new FrameBuffers(2);

  @Test
  void usesMemoryAgainOnceItsLastReferenceIsGone() {
    ByteBuf first = buffers.directBuffer(BYTES);
    first.writeCharSequence("chunk", StandardCharsets.US_ASCII);
    ByteBuf slice = first.readRetainedSlice(5);
    first.release();
    assertThat(buffers.keptCount()).isZero();
    assertThat(slice.toString(StandardCharsets.US_ASCII)).isEqualTo("chunk");
    slice.release();
    assertThat(buffers.keptCount()).isEqualTo(1);

    ByteBuf second = buffers.directBuffer(BYTES / 2);
    assertThat(buffers.keptCount()).isZero();
    assertThat(second.readableBytes()).isZero();
    assertThat(second.capacity()).isEqualTo(BYTES);
    assertThatThrownBy(() -> first.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    second.release();
  }

  @Test
  void keepsNoMoreThanItsBound() {
    List<ByteBuf> taken = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      taken.add(buffers.directBuffer(BYTES));
    }
    taken.forEach(ByteBuf::release);
    assertThat(buffers.keptCount()).isEqualTo(2);
  }

  @Test
  void leavesOtherSizesAndTheHeapToNetty() {
    for (ByteBuf other :
        List.of(
            buffers.directBuffer(100),
            buffers.directBuffer(BYTES + 1),
            buffers.heapBuffer(BYTES))) {
      other.release();
    }
    assertThat(buffers.keptCount()).isZero();
  }

  /** What a chunk frame and the end of the record after it need. */
  @Test
  void hasRoomForAFrameOfTheUsualChunk() {
    assertThat(BYTES)
        .isGreaterThanOrEqualTo(
            Frame.PREFIX_BYTES
                + Frame.CHUNK_HEADER_LENGTH_BYTES
                + Frame.MAX_CHUNK_HEADER_BYTES
                + WireLimits.DEFAULT.chunkBytes()
                + FrameBuffers.RECORD_BYTES);
  }
}
