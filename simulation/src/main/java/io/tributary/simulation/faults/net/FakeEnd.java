package io.tributary.simulation.faults.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkReadException;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.simulation.faults.FakeProcess;
import io.tributary.simulation.faults.ProcessEnded;
import io.tributary.simulation.faults.net.FakeLink.Way;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One end of a {@link FakeWire}, as its process sees it: the contract of {@link WireConnection},
 * with the bounds of {@link WireLimits}. Control frames go straight to the line; chunks wait until
 * the other end has taken earlier ones, so control overtakes them.
 */
final class FakeEnd implements WireConnection {
  /** Chunks that the line and its buffers hold; what comes after them waits at the sender. */
  static final int WINDOW_CHUNKS = 3;

  private enum State {
    OPEN,
    CLOSING,
    CLOSED
  }

  /** One blob on its way. */
  private static final class Transfer {
    final TaskId task;
    final ChunkSource source;
    final ChunkSet lacking;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    int next;

    Transfer(TaskId task, ChunkSource source, ChunkSet lacking) {
      this.task = task;
      this.source = source;
      this.lacking = lacking;
    }
  }

  private final FakeNetwork network;
  private final SiteName site;
  private final FakeProcess process;
  private final FakeWire wire;
  private final Way out;
  private final PeerIdentity peer;
  private final WireListener listener;
  private final Executor loop;
  private final Consumer<String> whenNeverOpened;
  private final Deque<Frame> arrived = new ArrayDeque<>();
  private final Deque<Transfer> transfers = new ArrayDeque<>();
  private State state = State.OPEN;
  private boolean opened;
  private boolean paused;
  private boolean turnScheduled;
  private int inFlight; // chunks that the other end has not taken
  private long bytesReceived;
  private long bytesSent;

  FakeEnd(
      FakeNetwork network,
      SiteName site,
      FakeProcess process,
      FakeWire wire,
      Way out,
      PeerIdentity peer,
      WireListener listener,
      Executor loop,
      Consumer<String> whenNeverOpened) {
    this.network = network;
    this.site = site;
    this.process = process;
    this.wire = wire;
    this.out = out;
    this.peer = peer;
    this.listener = listener;
    this.loop = loop;
    this.whenNeverOpened = whenNeverOpened;
  }

  FakeProcess process() {
    return process;
  }

  /** Whether its owner has heard, or will hear, that it is closed; or is dead. */
  boolean isGone() {
    return state == State.CLOSED || !process.isAlive();
  }

  // ---- from the line ----

  /** The handshake is done. */
  void open(Runnable then) {
    onLoop(
        () -> {
          if (state == State.OPEN) {
            opened = true;
            guarded(() -> listener.opened(this));
            then.run();
            takeWaiting(); // from the other end, which was open before
          }
        });
  }

  void arrived(Frame frame) {
    if (!process.isAlive() || state == State.CLOSED) {
      return;
    }
    arrived.add(frame);
    onLoop(this::takeNext);
  }

  private void takeNext() {
    if (paused || !opened || arrived.isEmpty()) {
      return; // takeWaiting asks again
    }
    Frame frame = arrived.remove();
    bytesReceived += frame.bytes();
    if (frame instanceof Frame.Bye bye) {
      gone("the peer closed the connection: " + bye.reason());
      return;
    }
    if (state != State.OPEN) {
      return;
    }
    if (frame instanceof Frame.Control control) {
      guarded(() -> listener.control(this, control.message()));
    } else if (frame instanceof Frame.Chunk chunk) {
      ByteBuf data = Unpooled.wrappedBuffer(chunk.data());
      network.delivered(process, data);
      try {
        guarded(() -> listener.chunk(this, chunk.task(), chunk.index(), data));
      } finally {
        data.release();
      }
      wire.consumed(out.back());
    }
  }

  /** As the real session: what breaks the protocol is refused, what is unexpected closes it. */
  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (ProtocolException e) {
      network.watch().trace(() -> process + " refuses its peer: " + e.getMessage());
      close(Refusal.newBuilder().setCode(e.code()).setReason(e.getMessage()).build());
    } catch (ProcessEnded e) {
      throw e;
    } catch (RuntimeException e) {
      process.defects().add(e);
      close("internal error");
    }
  }

  /** The connection is gone, without a word of the other end. */
  void lost(String reason) {
    if (process.isAlive() && state != State.CLOSED) {
      onLoop(() -> gone(reason));
    }
  }

  private void gone(String reason) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    arrived.clear();
    wire.closed(out);
    failTransfers(reason);
    if (opened) {
      network
          .watch()
          .trace(() -> process + " hears that its connection of " + site + " is closed: " + reason);
      guarded(() -> listener.closed(this, reason));
    } else {
      whenNeverOpened.accept(reason);
    }
  }

  /** Its process is dead. */
  void processEnded(boolean quietly) {
    if (state != State.CLOSED) {
      state = State.CLOSED;
      wire.ended(out, quietly);
    }
  }

  private void failTransfers(String reason) {
    IOException closed = new IOException(reason);
    while (!transfers.isEmpty()) {
      transfers.remove().done.completeExceptionally(closed);
    }
  }

  private void onLoop(Runnable action) {
    if (process.isAlive()) {
      loop.execute(action);
    }
  }

  // ---- for its owner ----

  @Override
  public PeerIdentity peer() {
    return peer;
  }

  @Override
  public void send(Envelope message) {
    process.requireAlive();
    int bytes = message.getSerializedSize();
    if (message.getMessageCase() == Envelope.MessageCase.MESSAGE_NOT_SET) {
      throw new IllegalArgumentException("the envelope holds no message");
    }
    if (bytes > network.limits().maxControlFrameBytes()) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
          message.getMessageCase() + " has " + bytes + " bytes: more than the peer accepts");
    }
    if (state == State.OPEN) {
      network
          .watch()
          .trace(
              () ->
                  "%s %s %s: %s"
                      .formatted(
                          process, out == Way.UP ? "to" : "tells", site, Traces.line(message)));
      network.watch().sent(site, out, message);
      transmit(new Frame.Control(message));
    }
  }

  private void transmit(Frame frame) {
    bytesSent += frame.bytes();
    wire.send(out, frame);
  }

  @Override
  public CompletableFuture<Void> sendChunks(TaskId task, ChunkSource source, ChunkSet lacking) {
    process.requireAlive();
    if (lacking.size() != source.manifest().chunkCount()) {
      throw new IllegalArgumentException(
          "the lacking set speaks of "
              + lacking.size()
              + " chunks but the manifest has "
              + source.manifest().chunkCount());
    }
    Transfer transfer = new Transfer(task, source, lacking.copy());
    if (state != State.OPEN) {
      transfer.done.completeExceptionally(new IOException("the connection is closed"));
      return transfer.done;
    }
    transfers.removeIf(other -> other.done.isDone());
    if (transfers.size() >= network.limits().maxTransfersPerConnection()) {
      transfer.done.completeExceptionally(
          new IOException("too many transfers wait on this connection"));
      return transfer.done;
    }
    transfers.add(transfer);
    schedulePump();
    return transfer.done;
  }

  /** The other end has taken a chunk: the line has room. */
  void taken() {
    inFlight--;
    schedulePump();
  }

  private void schedulePump() {
    if (!turnScheduled && !transfers.isEmpty() && process.isAlive()) {
      turnScheduled = true;
      loop.execute(this::pump);
    }
  }

  private void pump() {
    turnScheduled = false;
    while (state == State.OPEN && inFlight < WINDOW_CHUNKS && !transfers.isEmpty()) {
      Transfer transfer = transfers.element();
      int index = transfer.done.isDone() ? -1 : transfer.lacking.next(transfer.next);
      if (index < 0) {
        transfers.remove();
        transfer.done.complete(null);
        continue;
      }
      transfer.next = index + 1;
      byte[] data;
      try {
        data = read(transfer.source, index);
      } catch (IOException | RuntimeException e) {
        transfers.remove();
        transfer.done.completeExceptionally(new ChunkReadException(index, e));
        continue;
      }
      inFlight++;
      transmit(new Frame.Chunk(transfer.task, index, data));
    }
  }

  private static byte[] read(ChunkSource source, int index) throws IOException {
    ByteBuf buffer = Unpooled.buffer(source.manifest().chunkLength(index));
    try {
      source.read(index, buffer);
      byte[] data = new byte[buffer.readableBytes()];
      buffer.readBytes(data);
      return data;
    } finally {
      buffer.release();
    }
  }

  @Override
  public void close(Refusal refusal) {
    close(refusal.getReason());
  }

  @Override
  public void close(String reason) {
    process.requireAlive();
    if (state != State.OPEN) {
      return;
    }
    state = State.CLOSING;
    transmit(new Frame.Bye(reason));
    onLoop(() -> failTransfers(reason));
    // The other end reads the last word and closes; or it does not.
    process.later(network.limits().closeTimeoutMillis(), () -> lost("closed: " + reason));
  }

  @Override
  public void pauseReading() {
    paused = true;
  }

  @Override
  public void resumeReading() {
    if (paused) {
      paused = false;
      takeWaiting();
    }
  }

  private void takeWaiting() {
    for (int i = arrived.size(); i > 0; i--) {
      onLoop(this::takeNext);
    }
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved(
        peer instanceof PeerIdentity.Site site ? site.name().value() : "coordinator", 1);
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public Executor executor() {
    return loop;
  }
}
