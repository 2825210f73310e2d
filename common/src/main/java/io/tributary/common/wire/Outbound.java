package io.tributary.common.wire;

import io.netty.channel.ChannelHandlerContext;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Heartbeat;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Everything that one {@link WireSession} writes, and the bounds of what may wait to be written.
 *
 * <p>Control frames go straight to the channel, so they overtake every chunk that the {@link
 * ChunkPump} still holds back. What waits is counted from the moment it is handed over, on whatever
 * thread; all writing is on the event loop.
 */
final class Outbound {
  private static final Envelope HEARTBEAT =
      Envelope.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

  private final ChannelHandlerContext context;
  private final WireLimits limits;
  private final ChunkPump pump;
  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong waitingControlBytes = new AtomicLong();
  private volatile int peerMaxControlFrameBytes;
  private int peerMaxChunkBytes;
  private boolean wroteSinceBeat;

  Outbound(ChannelHandlerContext context, WireLimits limits, SendingBudget budget) {
    this.context = context;
    this.limits = limits;
    this.pump = new ChunkPump(context, limits, budget, bytesSent::addAndGet);
    this.peerMaxControlFrameBytes = limits.maxHelloFrameBytes();
  }

  /** Hello and welcome are done: the peer's bounds are known. */
  void agree(Agreement agreement) {
    peerMaxControlFrameBytes = agreement.peerMaxControlFrameBytes();
    peerMaxChunkBytes = agreement.peerMaxChunkBytes();
  }

  /**
   * Returns the size of a message that may be sent.
   *
   * @throws ProtocolException when it is larger than the peer accepts
   */
  int checkedBytes(Envelope message) {
    if (message.getMessageCase() == Envelope.MessageCase.MESSAGE_NOT_SET) {
      throw new IllegalArgumentException("the envelope holds no message");
    }
    int bytes = message.getSerializedSize();
    if (bytes > peerMaxControlFrameBytes) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
          "%s has %d bytes but the peer accepts at most %d"
              .formatted(message.getMessageCase(), bytes, peerMaxControlFrameBytes));
    }
    return bytes;
  }

  /** Counts a message that will be written; false when too much waits already. */
  boolean reserve(int bytes) {
    if (waitingControlBytes.addAndGet(bytes) <= limits.maxPendingControlBytes()) {
      return true;
    }
    waitingControlBytes.addAndGet(-bytes);
    return false;
  }

  /**
   * Writes a reserved message, or gives the reservation back when the session is no longer open.
   */
  void writeReserved(Envelope message, int bytes, boolean open) {
    if (open) {
      write(message, bytes);
    } else {
      waitingControlBytes.addAndGet(-bytes);
    }
  }

  /** Writes one of the session's own messages, which are few and small. */
  void write(Envelope message) {
    write(message, 0);
  }

  private void write(Envelope message, int reservedBytes) {
    wroteSinceBeat = true;
    int frameBytes = Frame.PREFIX_BYTES + message.getSerializedSize();
    context
        .writeAndFlush(FrameEncoder.control(context.alloc(), message))
        .addListener(
            written -> {
              waitingControlBytes.addAndGet(-reservedBytes);
              if (written.isSuccess()) {
                bytesSent.addAndGet(frameBytes);
              }
            });
  }

  /** Shows the peer that this side is alive, unless it can see so already. */
  void beat() {
    // When the outbound buffer is full, the peer has frames to read anyway.
    if (!wroteSinceBeat && context.channel().isWritable()) {
      write(HEARTBEAT);
    }
    wroteSinceBeat = false;
  }

  void sendChunks(TaskId task, ChunkSource source, ChunkSet lacking, CompletableFuture<Void> done) {
    int chunkBytes = source.manifest().chunkBytes();
    if (chunkBytes > peerMaxChunkBytes) {
      done.completeExceptionally(
          new IOException(
              "chunks have %d bytes but the peer accepts at most %d"
                  .formatted(chunkBytes, peerMaxChunkBytes)));
      return;
    }
    pump.add(task, source, lacking, done);
  }

  void writabilityChanged() {
    pump.writabilityChanged();
  }

  /** Fails the transfers that are not done. */
  void close(IOException reason) {
    pump.close(reason);
  }

  long bytesSent() {
    return bytesSent.get();
  }
}
