package io.tributary.common.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The life of one connection, the same at both ends but for its {@link Greeting}. Last handler of
 * the pipeline {@code SslHandler → PeerGate → FrameDecoder → WireSession}.
 *
 * <pre>
 *   SECURING --TLS, ALPN, certificate--> GREETING --hello, welcome--> OPEN
 *      |                                    |                          |
 *      +------- handshake timeout, violation, silence, refusal --------+--> CLOSING --> CLOSED
 * </pre>
 *
 * CLOSING lasts at most {@link WireLimits#closeTimeoutMillis}: this side has said its last word and
 * drops what still comes, so that the peer can read that word before the socket dies. State is
 * owned by the event loop; what other threads ask for is handed to it.
 */
final class WireSession extends ChannelInboundHandlerAdapter implements WireConnection {
  private static final Logger LOG = LoggerFactory.getLogger(WireSession.class);

  private enum State {
    SECURING,
    GREETING,
    OPEN,
    CLOSING,
    CLOSED
  }

  private final WireLimits limits;
  private final Greeting greeting;
  private final FrameDecoder decoder;
  private final SendingBudget budget;
  private final String address; // of the peer, for messages
  private volatile long bytesReceived;
  private volatile State state = State.SECURING;

  private ChannelHandlerContext context;
  private Outbound outbound;
  private PeerIdentity peer; // from GREETING on
  private Agreement agreement; // from OPEN on
  private Future<?> timer; // handshake timeout, then heartbeat, then close timeout
  private String endReason; // the first reason is the true one
  private RefusalCode endCode; // of the refusal that was sent or received, else null
  private boolean refusing;
  private int silentTicks;
  private long bytesAtLastTick; // that had arrived
  private boolean paused;

  WireSession(
      WireLimits limits,
      Greeting greeting,
      FrameDecoder decoder,
      SendingBudget budget,
      String address) {
    this.limits = limits;
    this.greeting = greeting;
    this.decoder = decoder;
    this.budget = budget;
    this.address = address;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    outbound = new Outbound(added, limits, budget);
    long millis = limits.handshakeTimeoutMillis();
    Runnable late = () -> end("did not finish TLS and hello within " + millis + " ms");
    timer = added.executor().schedule(late, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof PeerGate.Opened opened && state == State.SECURING) {
      peer = opened.peer();
      state = State.GREETING;
      greeting.first().ifPresent(outbound::write);
    } else if (event instanceof PeerGate.Refused refused) {
      end(refused.reason());
    } else if (event instanceof SslCloseCompletionEvent) {
      end("the peer closed the connection");
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (state != State.CLOSING && state != State.CLOSED) {
        silentTicks = 0;
        bytesAtLastTick = decoder.bytesArrived();
        bytesReceived = decoder.bytesReceived();
        receive((Frame) message);
      }
    } catch (ProtocolException e) {
      refuse(e.code(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("{}: internal error, closing this connection only", this, e);
      refuse(RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, "internal error while handling a message");
    } finally {
      if (message instanceof Frame.Chunk chunk) {
        chunk.data().release();
      }
    }
  }

  private void receive(Frame frame) {
    if (frame instanceof Frame.Violation violation) {
      throw violation.cause();
    } else if (frame instanceof Frame.Control control) {
      receive(control.message());
    } else if (frame instanceof Frame.Chunk chunk) {
      // The decoder lets chunks through only once the session is open.
      agreement.listener().chunk(this, chunk.task(), chunk.index(), chunk.data());
    }
  }

  private void receive(Envelope message) {
    if (message.getMessageCase() == Envelope.MessageCase.REFUSAL) {
      Refusal refusal = message.getRefusal();
      endCode = refusal.getCode();
      end("the peer refused: " + PeerText.refusal(refusal.getCode(), refusal.getReason()));
      return;
    }
    if (state == State.GREETING) {
      open(greeting.judge(peer, message));
      return;
    }
    switch (message.getMessageCase()) {
      case HELLO, WELCOME ->
          throw new ProtocolException(message.getMessageCase() + " came a second time");
      case HEARTBEAT -> {
        // That it came is all it says.
      }
      default -> agreement.listener().control(this, message);
    }
  }

  private void open(Agreement agreed) {
    agreement = agreed;
    outbound.agree(agreed);
    decoder.admit();
    agreed.answer().ifPresent(outbound::write);
    timer.cancel(false);
    long millis = agreed.heartbeatIntervalMillis();
    timer =
        context
            .executor()
            .scheduleWithFixedDelay(this::tick, millis, millis, TimeUnit.MILLISECONDS);
    state = State.OPEN;
    LOG.info("{}: connected", this);
    try {
      agreed.listener().opened(this);
    } finally {
      greeting.opened(this);
    }
  }

  /**
   * Counts silence in ticks, not by the clock: when this process itself was stopped or swapped out,
   * that is one tick, and what the peer sent meanwhile is read before the next.
   */
  private void tick() {
    // Over a slow link one chunk may take longer than the timeout: its bytes are a life sign too.
    long arrived = decoder.bytesArrived();
    silentTicks = paused || arrived != bytesAtLastTick ? 0 : silentTicks + 1;
    bytesAtLastTick = arrived;
    if (silentTicks * agreement.heartbeatIntervalMillis() > limits.idleTimeoutMillis()) {
      end("sent nothing for more than " + limits.idleTimeoutMillis() + " ms");
      return;
    }
    outbound.beat();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    outbound.writabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      end("the connection broke: " + PeerText.oneLine(String.valueOf(cause.getMessage())));
    } else {
      LOG.error("{}: internal error, closing this connection only", this, cause);
      end("internal error");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (state == State.CLOSED) {
      return;
    }
    String reason = endReason == null ? "the peer closed the connection" : endReason;
    state = State.CLOSED;
    timer.cancel(false);
    outbound.close(new IOException(this + ": " + reason));
    if (agreement != null) {
      LOG.atLevel(refusing ? Level.WARN : Level.INFO).log("{}: disconnected: {}", this, reason);
      try {
        agreement.listener().closed(this, reason);
      } catch (RuntimeException e) {
        LOG.error("{}: the listener failed to take the end of the connection", this, e);
      }
    } else {
      LOG.warn("{}: never connected: {}", this, reason);
      greeting.failed(new WireConnectException(this + ": " + reason, endCode));
    }
  }

  /** Breaks the connection off: the peer is gone, or no word would reach it. */
  private void end(String reason) {
    if (state == State.CLOSING || state == State.CLOSED) {
      return;
    }
    leave(reason);
    disconnect();
  }

  private void disconnect() {
    var unused = context.close();
  }

  /** Tells the peer why, where it could understand, then closes. */
  private void refuse(RefusalCode code, String reason) {
    if (state == State.CLOSING || state == State.CLOSED) {
      return;
    }
    refusing = true;
    endCode = code;
    if (state == State.SECURING) {
      end(PeerText.refusal(code, reason)); // no TLS yet: nothing to say it through
      return;
    }
    Refusal refusal = Refusal.newBuilder().setCode(code).setReason(reason).build();
    outbound.write(Envelope.newBuilder().setRefusal(refusal).build());
    leave("refused the peer: " + PeerText.refusal(code, reason));
    linger();
  }

  private void leave(String reason) {
    endReason = reason;
    state = State.CLOSING;
    decoder.discard();
    outbound.close(new IOException(this + ": " + reason));
  }

  /**
   * Closes this side's half, then the socket once the peer has closed its own or taken too long.
   */
  private void linger() {
    timer.cancel(false);
    long millis = limits.closeTimeoutMillis();
    timer = context.executor().schedule(this::disconnect, millis, TimeUnit.MILLISECONDS);
    context.channel().config().setAutoRead(true);
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      var unused = tls.closeOutbound();
    }
  }

  @Override
  public PeerIdentity peer() {
    return peer;
  }

  @Override
  public void send(Envelope message) {
    int bytes = outbound.checkedBytes(message);
    if (!isOpen()) {
      return;
    }
    if (outbound.reserve(bytes)) {
      onEventLoop(() -> outbound.writeReserved(message, bytes, isOpen()));
      return;
    }
    String reason =
        "does not read: more than %d bytes of control messages wait for it"
            .formatted(limits.maxPendingControlBytes());
    onEventLoop(() -> end(reason));
  }

  @Override
  public CompletableFuture<Void> sendChunks(TaskId task, ChunkSource source, ChunkSet lacking) {
    Manifest manifest = Objects.requireNonNull(source.manifest(), "manifest");
    if (lacking.size() != manifest.chunkCount()) {
      throw new IllegalArgumentException(
          "the lacking set speaks of %d chunks but the manifest has %d"
              .formatted(lacking.size(), manifest.chunkCount()));
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    ChunkSet chunks = lacking.copy();
    if (!onEventLoop(() -> outbound.sendChunks(task, source, chunks, done))) {
      done.completeExceptionally(new IOException(this + ": the connection is closed"));
    }
    return done;
  }

  @Override
  public void close(Refusal refusal) {
    onEventLoop(() -> refuse(refusal.getCode(), refusal.getReason()));
  }

  @Override
  public void close(String reason) {
    onEventLoop(
        () -> {
          if (state == State.OPEN) {
            leave(reason);
            linger();
          } else {
            end(reason);
          }
        });
  }

  /** Waits until the channel has closed and the listener has heard of it; not on the event loop. */
  void awaitClosed(long millis) {
    context.channel().closeFuture().awaitUninterruptibly(millis);
  }

  @Override
  public void pauseReading() {
    onEventLoop(() -> setPaused(true));
  }

  @Override
  public void resumeReading() {
    onEventLoop(() -> setPaused(false));
  }

  private void setPaused(boolean pause) {
    if (state == State.OPEN) {
      paused = pause;
      silentTicks = 0;
      context.channel().config().setAutoRead(!pause);
    }
  }

  /** Returns false when the event loop is gone, and with it the connection. */
  private boolean onEventLoop(Runnable action) {
    if (context.executor().inEventLoop()) {
      action.run();
      return true;
    }
    try {
      context.executor().execute(action);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  public SocketAddress remoteAddress() {
    return context.channel().remoteAddress();
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return outbound.bytesSent();
  }

  @Override
  public Executor executor() {
    return context.executor();
  }

  /** Returns for example {@code site aumc at 10.1.2.3:4711}: for log lines. */
  @Override
  public String toString() {
    if (peer instanceof PeerIdentity.Site site) {
      return "site " + site.name() + " at " + address;
    }
    return (peer == null ? "peer" : "coordinator") + " at " + address;
  }
}
