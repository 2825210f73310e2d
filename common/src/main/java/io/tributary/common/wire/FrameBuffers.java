package io.tributary.common.wire;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The allocator of every connection: memory of frames with a chunk is kept and used again, by all
 * connections of the process.
 *
 * <p>Netty's own allocator keeps buffers of this size only while others of the same block are in
 * use: it took most of them from the operating system anew and zeroed them, a tenth of the cost of
 * receiving (decision 0012). What is smaller or larger than these frames is its matter still.
 */
final class FrameBuffers extends AbstractByteBufAllocator {
  /** What a TLS record may bring of the frame after the one that it ends. */
  static final int RECORD_BYTES = 16 << 10;

  /** Room of a frame with a chunk of usual size, and of the record that ends it. */
  static final int FRAME_BYTES =
      Frame.PREFIX_BYTES
          + Frame.CHUNK_HEADER_LENGTH_BYTES
          + Frame.MAX_CHUNK_HEADER_BYTES
          + WireLimits.DEFAULT.chunkBytes()
          + RECORD_BYTES;

  /** Smaller frames are not worth a buffer of this size. */
  private static final int SMALLEST_BYTES = FRAME_BYTES / 4;

  /** Bytes that are kept for later at most. */
  private static final int MAX_KEPT_BYTES = 8 << 20;

  /** The one of this process. */
  static final FrameBuffers SHARED = new FrameBuffers(MAX_KEPT_BYTES / FRAME_BYTES);

  private final BlockingQueue<CleanableDirectBuffer> kept;

  FrameBuffers(int maxKept) {
    super(true);
    kept = new ArrayBlockingQueue<>(maxKept);
  }

  /** Returns how many buffers wait to be used again. */
  int keptCount() {
    return kept.size();
  }

  @Override
  protected ByteBuf newDirectBuffer(int bytes, int maxBytes) {
    if (bytes < SMALLEST_BYTES || bytes > FRAME_BYTES) {
      return ByteBufAllocator.DEFAULT.directBuffer(bytes, maxBytes);
    }
    CleanableDirectBuffer memory = kept.poll();
    return toLeakAwareBuffer(
        new FrameBuffer(memory == null ? PlatformDependent.allocateDirect(FRAME_BYTES) : memory));
  }

  @Override
  protected ByteBuf newHeapBuffer(int bytes, int maxBytes) {
    return UnpooledByteBufAllocator.DEFAULT.heapBuffer(bytes, maxBytes);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  /** Gives its memory back with its last reference. */
  private final class FrameBuffer extends UnpooledDirectByteBuf {
    private final CleanableDirectBuffer memory;

    FrameBuffer(CleanableDirectBuffer memory) {
      super(FrameBuffers.this, memory.buffer(), FRAME_BYTES);
      this.memory = memory;
      clear();
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      if (!kept.offer(memory)) {
        memory.clean();
      }
    }
  }
}
