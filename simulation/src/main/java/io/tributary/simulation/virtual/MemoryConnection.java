package io.tributary.simulation.virtual;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A virtual site's connection: what one side sends is an event of the other, at the same virtual
 * time, in order. No socket, no TLS, no frames; messages and chunks are those of the real wire, and
 * back-pressure is honoured, so that the coordinator's bounds hold here too.
 */
final class MemoryConnection implements WireConnection {
  /** The site's end. */
  interface Site {
    /** A control message came. */
    void received(Envelope message);

    /** A chunk of a model came; released after return. */
    void chunk(TaskId task, int index, ByteBuf data);

    /** The coordinator closed. */
    void closedByCoordinator(String reason);
  }

  /**
   * A thing on its way to the coordinator: hands over the next piece; says whether more follows.
   */
  private interface Outgoing {
    boolean handOver() throws IOException;
  }

  private final VirtualLoop loop;
  private final SiteName name;
  private final WireListener coordinator;
  private final Site site;
  private final Deque<Outgoing> outgoing = new ArrayDeque<>();
  private boolean open = true;
  private boolean paused;
  private boolean pumping;
  private long bytesUp;
  private long bytesDown;

  MemoryConnection(VirtualLoop loop, SiteName name, WireListener coordinator, Site site) {
    this.loop = loop;
    this.name = name;
    this.coordinator = coordinator;
    this.site = site;
  }

  /** Connects. */
  void connect() {
    coordinator.opened(this);
  }

  // ---- the site's side ----

  /** Sends a message to the coordinator. */
  void tell(Envelope message) {
    outgoing.add(
        () -> {
          bytesUp += message.getSerializedSize();
          coordinator.control(this, message);
          return false;
        });
    pump();
  }

  /** Sends chunks to the coordinator. */
  void upload(TaskId task, ChunkSource source, ChunkSet lacking) {
    ChunkSet left = lacking.copy();
    if (left.isEmpty()) {
      return;
    }
    outgoing.add(
        () -> {
          int index = left.next(0);
          left.remove(index);
          ByteBuf data = Unpooled.buffer(source.manifest().chunkLength(index));
          try {
            source.read(index, data);
            bytesUp += data.readableBytes();
            coordinator.chunk(this, task, index, data);
          } finally {
            data.release();
          }
          return !left.isEmpty();
        });
    pump();
  }

  /** Goes away without a word. */
  void drop(String reason) {
    if (open) {
      open = false;
      outgoing.clear();
      coordinator.closed(this, reason);
    }
  }

  private void pump() {
    if (!pumping) {
      pumping = true;
      loop.execute(this::pumpNow);
    }
  }

  private void pumpNow() {
    pumping = false;
    while (open && !paused && !outgoing.isEmpty()) {
      Outgoing first = outgoing.peek();
      try {
        if (!first.handOver()) {
          boolean unusedRemoved = outgoing.remove(first);
        }
      } catch (ProtocolException e) {
        closeNow("refused: " + e.getMessage());
      } catch (IOException e) {
        throw new IllegalStateException("memory does not fail so", e);
      }
    }
  }

  // ---- the coordinator's side ----

  @Override
  public PeerIdentity peer() {
    throw new UnsupportedOperationException("virtual site " + name + " has no certificate");
  }

  @Override
  public void send(Envelope message) {
    loop.execute(
        () -> {
          if (open) {
            bytesDown += message.getSerializedSize();
            site.received(message);
          }
        });
  }

  @Override
  public CompletableFuture<Void> sendChunks(TaskId task, ChunkSource source, ChunkSet lacking) {
    ChunkSet left = lacking.copy();
    CompletableFuture<Void> sent = new CompletableFuture<>();
    loop.execute(() -> transfer(task, source, left, sent));
    return sent;
  }

  private void transfer(
      TaskId task, ChunkSource source, ChunkSet left, CompletableFuture<Void> sent) {
    while (!left.isEmpty()) {
      if (!open || sent.isDone()) {
        boolean unusedFirst = sent.completeExceptionally(new IOException("the connection is gone"));
        return;
      }
      int index = left.next(0);
      left.remove(index);
      ByteBuf data = Unpooled.buffer(source.manifest().chunkLength(index));
      try {
        source.read(index, data);
        bytesDown += data.readableBytes();
        site.chunk(task, index, data);
      } catch (IOException e) {
        boolean unusedFirst = sent.completeExceptionally(e);
        return;
      } finally {
        data.release();
      }
    }
    boolean unusedFirst = sent.complete(null);
  }

  @Override
  public void close(Refusal refusal) {
    close("refused: " + refusal.getReason());
  }

  @Override
  public void close(String reason) {
    // After what was sent before.
    loop.execute(() -> closeNow(reason));
  }

  private void closeNow(String reason) {
    if (open) {
      open = false;
      outgoing.clear();
      site.closedByCoordinator(reason);
      coordinator.closed(this, reason);
    }
  }

  @Override
  public void pauseReading() {
    paused = true;
  }

  @Override
  public void resumeReading() {
    paused = false;
    pump();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved(name.value(), 0);
  }

  @Override
  public long bytesReceived() {
    return bytesUp;
  }

  @Override
  public long bytesSent() {
    return bytesDown;
  }

  @Override
  public Executor executor() {
    return loop;
  }
}
