package io.tributary.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.ChunkReadException;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The site's end of a connection to a {@link ScriptedCoordinator}: deliveries take their turn. */
final class FakeWire implements WireConnection {
  private final ScriptedCoordinator coordinator;
  private final WireListener site;
  private final Executor network;
  private boolean open = true;
  private long bytesSent;

  FakeWire(ScriptedCoordinator coordinator, WireListener site, Executor network) {
    this.coordinator = coordinator;
    this.site = site;
    this.network = network;
  }

  /** To the site. */
  void deliver(Envelope message) {
    network.execute(
        () -> {
          if (open) {
            site.control(this, message);
          }
        });
  }

  /** To the site. */
  void deliverChunk(TaskId task, int index, byte[] data) {
    network.execute(
        () -> {
          if (open) {
            site.chunk(this, task, index, Unpooled.wrappedBuffer(data));
          }
        });
  }

  /** Ends it for both sides; what is on its way is lost. */
  void cut(String reason) {
    if (open) {
      open = false;
      coordinator.closed(this);
      network.execute(() -> site.closed(this, reason));
    }
  }

  /** The site's process is gone: it hears no more. */
  void abandon() {
    open = false;
  }

  @Override
  public void send(Envelope message) {
    network.execute(
        () -> {
          if (open) {
            coordinator.received(this, message);
          }
        });
  }

  @Override
  public CompletableFuture<Void> sendChunks(TaskId task, ChunkSource source, ChunkSet lacking) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    sendNext(task, source, lacking.copy(), 0, done);
    return done;
  }

  private void sendNext(
      TaskId task, ChunkSource source, ChunkSet lacking, int from, CompletableFuture<Void> done) {
    network.execute(
        () -> {
          int index = lacking.next(from);
          if (!open) {
            done.completeExceptionally(new IOException("the connection is closed"));
          } else if (index < 0) {
            done.complete(null);
          } else if (!done.isDone()) {
            ByteBuf chunk = Unpooled.buffer();
            try {
              source.read(index, chunk);
            } catch (IOException e) {
              done.completeExceptionally(new ChunkReadException(index, e));
              return;
            }
            bytesSent += chunk.readableBytes();
            coordinator.chunk(this, task, index, ByteBufUtil.getBytes(chunk));
            sendNext(task, source, lacking, index + 1, done);
          }
        });
  }

  @Override
  public void close(Refusal refusal) {
    network.execute(() -> cut("refused: " + refusal.getReason()));
  }

  @Override
  public void close(String reason) {
    network.execute(() -> cut(reason));
  }

  @Override
  public void pauseReading() {}

  @Override
  public void resumeReading() {}

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public PeerIdentity peer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved("fake", 1);
  }

  @Override
  public long bytesReceived() {
    return 0;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public Executor executor() {
    return network;
  }
}
