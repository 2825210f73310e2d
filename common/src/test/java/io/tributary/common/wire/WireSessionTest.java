package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.Heartbeat;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The coordinator's end of a connection, without a network and on a clock that the test moves. */
class WireSessionTest {
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  private static final WireLimits LIMITS =
      Limits.with(
          l -> {
            l.highWater = 64 << 10;
            l.lowWater = 32 << 10;
            l.transfers = 2;
          });

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final RecordingListener listener = new RecordingListener();
  private final FrameDecoder decoder = new FrameDecoder(LIMITS);
  private WireListener admitted = listener;
  private EmbeddedChannel channel;
  private WireSession session;
  private LogCapture log;
  private PeerIdentity.Site north;

  @BeforeEach
  void connect() throws Exception {
    log = LogCapture.ofWire();
    north = new Federation().identity("north");
    Greeting greeting = new CoordinatorGreeting(LIMITS, "test 1", site -> admitted, () -> {});
    session = new WireSession(LIMITS, greeting, decoder, "10.0.0.1:4711");
    channel = new EmbeddedChannel();
    channel.freezeTime();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(decoder, session);
  }

  @AfterEach
  void releasesEverything() {
    log.close();
    channel.finishAndReleaseAll();
    channel.checkException();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(listener.closings.get()).isEqualTo(listener.opened.isDone() ? 1 : 0);
  }

  private static Envelope hello(String name, Integer... versions) {
    return Envelope.newBuilder()
        .setHello(Hello.newBuilder().setSiteName(name).addAllProtocolVersions(List.of(versions)))
        .build();
  }

  private static Envelope farewell(int characters) {
    return Envelope.newBuilder()
        .setFarewell(Farewell.newBuilder().setReason("x".repeat(characters)))
        .build();
  }

  private static final Envelope HEARTBEAT =
      Envelope.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

  private void secure() {
    channel.pipeline().fireUserEventTriggered(new PeerGate.Opened(north));
  }

  private void receive(Envelope message) {
    channel.writeInbound(FrameEncoder.control(allocator, message));
  }

  private void open() {
    secure();
    receive(hello("north", 1));
    assertThat(sentMessages()).containsExactly(MessageCase.WELCOME);
  }

  /** Lets time pass evenly. */
  private void pass(long millis) {
    for (long left = millis; left > 0; left -= 1_000) {
      jump(Math.min(left, 1_000));
    }
  }

  /** Lets time pass as for a process that was stopped meanwhile. */
  private void jump(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
  }

  /** What was sent since the last call, decoded; chunks as their index. */
  private List<Object> sent() {
    FrameDecoder peer = new FrameDecoder(LIMITS);
    peer.admit();
    EmbeddedChannel other = new EmbeddedChannel(peer);
    List<Object> frames = new ArrayList<>();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      other.writeInbound(bytes);
    }
    for (Frame frame = other.readInbound(); frame != null; frame = other.readInbound()) {
      if (frame instanceof Frame.Chunk chunk) {
        frames.add(chunk.index());
        chunk.data().release();
      } else if (frame instanceof Frame.Control control) {
        frames.add(control.message());
      }
    }
    other.finishAndReleaseAll();
    return frames;
  }

  private List<MessageCase> sentMessages() {
    return sent().stream().map(message -> ((Envelope) message).getMessageCase()).toList();
  }

  private Refusal sentRefusal() {
    List<Object> frames = sent();
    assertThat(frames).hasSize(1);
    return ((Envelope) frames.get(0)).getRefusal();
  }

  private void assertRefused(RefusalCode code, String reason) {
    Refusal refusal = sentRefusal();
    assertThat(refusal.getCode()).isEqualTo(code);
    assertThat(refusal.getReason()).isEqualTo(reason);
    assertThat(channel.isOpen()).isFalse();
    assertThat(log.lines())
        .anyMatch(line -> line.contains("10.0.0.1:4711") && line.contains(reason));
  }

  private static ChunkSource source(int chunks) {
    ByteBuffer content = ByteBuffer.allocate(chunks * (16 << 10));
    return ChunkSource.ofBytes(content, Manifest.of(content, 16 << 10));
  }

  // ---- greeting ----

  @Test
  void opensAfterHelloUnderTheNameOfTheCertificate() {
    open();
    assertThat(listener.opened).isCompletedWithValue(session);
    assertThat(session.peer()).isSameAs(north);
    assertThat(session).hasToString("site north at 10.0.0.1:4711");
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void refusesAnUnknownVersionWithBothLists() {
    secure();
    receive(hello("north", 7, 8));
    assertRefused(
        RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION,
        "the coordinator speaks protocol versions [1], the site offers [7, 8]: upgrade the older"
            + " side");
  }

  @Test
  void refusesAHelloUnderAnotherName() {
    secure();
    receive(hello("south", 1));
    assertRefused(
        RefusalCode.REFUSAL_CODE_IDENTITY,
        "hello names the site \"south\" but the certificate is that of north: use the certificate"
            + " of the site, or its name");
  }

  @Test
  void refusesAnythingBeforeHello() {
    secure();
    receive(farewell(1));
    assertRefused(
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
        "the first message of a site must be HELLO but is FAREWELL");
  }

  @Test
  void refusesASecondHello() {
    open();
    receive(hello("north", 1));
    assertRefused(RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, "HELLO came a second time");
    assertThat(listener.closed)
        .isCompletedWithValue("refused the peer: PROTOCOL_ERROR: HELLO came a second time");
  }

  @Test
  void givesUpOnAPeerThatNeverFinishesTheHandshake() {
    pass(LIMITS.handshakeTimeoutMillis() - 1);
    assertThat(channel.isOpen()).isTrue();
    pass(1);
    assertThat(channel.isOpen()).isFalse();
    assertThat(log.lines())
        .containsExactly(
            "peer at 10.0.0.1:4711: never connected: did not finish TLS and hello within 20000 ms");
  }

  @Test
  void logsWhyTheGateRefused() {
    channel.pipeline().fireUserEventTriggered(new PeerGate.Refused("its certificate is missing"));
    assertThat(channel.isOpen()).isFalse();
    assertThat(log.lines())
        .containsExactly("peer at 10.0.0.1:4711: never connected: its certificate is missing");
  }

  // ---- life and silence ----

  @Test
  void showsThatItIsAliveOnlyWhileItHasNothingElseToSay() {
    open();
    pass(LIMITS.heartbeatIntervalMillis());
    assertThat(sentMessages()).isEmpty(); // the welcome was in this interval
    pass(LIMITS.heartbeatIntervalMillis());
    assertThat(sentMessages()).containsExactly(MessageCase.HEARTBEAT);
    session.send(farewell(1));
    pass(LIMITS.heartbeatIntervalMillis());
    assertThat(sentMessages()).containsExactly(MessageCase.FAREWELL);
  }

  @Test
  void closesAPeerThatIsSilentForTheIdleTimeout() {
    open();
    pass(LIMITS.idleTimeoutMillis());
    assertThat(channel.isOpen()).isTrue();
    pass(LIMITS.heartbeatIntervalMillis());
    assertThat(channel.isOpen()).isFalse();
    assertThat(listener.closed).isCompletedWithValue("sent nothing for more than 30000 ms");
    sent();
  }

  @Test
  void aStopOfThisProcessIsNotSilenceOfThePeer() {
    open();
    jump(10 * LIMITS.idleTimeoutMillis());
    assertThat(channel.isOpen()).isTrue();
    receive(HEARTBEAT);
    pass(LIMITS.idleTimeoutMillis());
    assertThat(channel.isOpen()).isTrue();
    sent();
  }

  @Test
  void anyFrameIsALifeSign() throws IOException {
    open();
    ChunkSource source = source(1);
    for (int i = 0; i < 20; i++) {
      pass(LIMITS.idleTimeoutMillis() - 1);
      if (i % 2 == 0) {
        receive(HEARTBEAT);
      } else {
        channel.writeInbound(FrameEncoder.chunk(allocator, TASK, 0, source));
      }
    }
    assertThat(channel.isOpen()).isTrue();
    assertThat(listener.chunks).hasValue(10);
    assertThat(listener.controls).isEmpty();
    sent();
  }

  @Test
  void aPeerWeDoNotReadFromIsNotIdle() {
    open();
    session.pauseReading();
    pass(10 * LIMITS.idleTimeoutMillis());
    assertThat(channel.isOpen()).isTrue();
    session.resumeReading();
    pass(LIMITS.idleTimeoutMillis() + LIMITS.heartbeatIntervalMillis());
    assertThat(channel.isOpen()).isFalse();
    sent();
  }

  // ---- bad peers and bad listeners ----

  @Test
  void refusesMalformedFramesWithAReason() {
    open();
    channel.writeInbound(allocator.directBuffer().writeInt(3).writeByte(1).writeBytes(new byte[3]));
    assertRefused(
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, "control frame is not a well-formed envelope");
  }

  @Test
  void aListenerThatRefusesTellsThePeerWhy() {
    admitted =
        new RecordingListener() {
          @Override
          public void control(WireConnection connection, Envelope message) {
            throw new ProtocolException(RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED, "too many offers");
          }
        };
    open();
    receive(farewell(1));
    assertRefused(RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED, "too many offers");
  }

  @Test
  void aListenerThatFailsTellsThePeerNothingOfOurs() {
    admitted =
        new RecordingListener() {
          @Override
          public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
            throw new IllegalStateException("secret path /x");
          }
        };
    open();
    try {
      channel.writeInbound(FrameEncoder.chunk(allocator, TASK, 0, source(1)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertRefused(
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, "internal error while handling a message");
  }

  @Test
  void handsOnThePeersRefusalOnOneLine() {
    open();
    receive(
        Envelope.newBuilder()
            .setRefusal(
                Refusal.newBuilder()
                    .setCode(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN)
                    .setReason("bye\nFAKE LOG LINE"))
            .build());
    assertThat(listener.closed)
        .isCompletedWithValue("the peer refused: SHUTTING_DOWN: bye?FAKE LOG LINE");
    assertThat(sent()).isEmpty();
  }

  // ---- sending ----

  @Test
  void controlOvertakesChunksThatWait() {
    open();
    CompletableFuture<Void> done = session.sendChunks(TASK, source(40), ChunkSet.all(40));
    session.send(farewell(1));
    channel.runPendingTasks();
    List<Object> frames = sent();
    assertThat(frames).hasSize(41);
    assertThat(frames.indexOf(farewell(1))).isLessThanOrEqualTo(5); // 64 KiB of 16 KiB chunks
    assertThat(done).isCompleted();
  }

  @Test
  void sendsExactlyTheLackingChunksInOrder() {
    open();
    long before = session.bytesSent();
    ChunkSet lacking = ChunkSet.none(40);
    List.of(3, 17, 39).forEach(lacking::add);
    CompletableFuture<Void> done = session.sendChunks(TASK, source(40), lacking);
    lacking.add(0); // too late: it was copied
    channel.runPendingTasks();
    assertThat(sent()).isEqualTo(List.of(3, 17, 39));
    assertThat(done).isCompleted();
    assertThat(session.bytesSent() - before).isBetween(3L * (16 << 10), 3L * (16 << 10) + 200);
  }

  @Test
  void stopsAtTheHighWaterMarkAndGoesOnWhenThereIsRoom() {
    open();
    setWritable(false);
    CompletableFuture<Void> done = session.sendChunks(TASK, source(10), ChunkSet.all(10));
    channel.runPendingTasks();
    assertThat(sent()).isEmpty();
    setWritable(true);
    channel.runPendingTasks();
    assertThat(sent()).hasSize(10);
    assertThat(done).isCompleted();
  }

  private void setWritable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  @Test
  void aCancelledTransferSendsNoMore() {
    open();
    setWritable(false);
    CompletableFuture<Void> first = session.sendChunks(TASK, source(10), ChunkSet.all(10));
    CompletableFuture<Void> second = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThat(first.cancel(false)).isTrue();
    setWritable(true);
    channel.runPendingTasks();
    assertThat(sent()).isEqualTo(List.of(0));
    assertThat(second).isCompleted();
  }

  @Test
  void aSourceThatFailsCostsOnlyItsTransfer() {
    open();
    ChunkSource good = source(1);
    ChunkSource broken =
        new ChunkSource() {
          @Override
          public Manifest manifest() {
            return good.manifest();
          }

          @Override
          public void read(int index, ByteBuf into) throws IOException {
            into.writeZero(5);
            throw new IOException("disk on fire");
          }
        };
    CompletableFuture<Void> failed = session.sendChunks(TASK, broken, ChunkSet.all(1));
    CompletableFuture<Void> fine = session.sendChunks(TASK, good, ChunkSet.all(1));
    channel.runPendingTasks();
    assertThatThrownBy(failed::join).hasMessageContaining("disk on fire");
    assertThat(fine).isCompleted();
    assertThat(sent()).hasSize(1);
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void boundsTheTransfersThatWait() {
    open();
    setWritable(false);
    CompletableFuture<Void> first = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    CompletableFuture<Void> second = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    CompletableFuture<Void> third = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThatThrownBy(third::join).hasMessageContaining("2 transfers wait on this connection");
    channel.finishAndReleaseAll();
    assertThatThrownBy(first::join).hasMessageContaining("site north at 10.0.0.1:4711");
    assertThatThrownBy(second::join).hasMessageContaining("site north at 10.0.0.1:4711");
    CompletableFuture<Void> late = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThatThrownBy(late::join).hasMessageContaining("site north at 10.0.0.1:4711");
  }

  @Test
  void closesAPeerThatNeverReadsItsControlMessages() {
    List<ByteBuf> held = new ArrayList<>();
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                held.add((ByteBuf) message);
              }
            });
    secure();
    receive(hello("north", 1));
    int messages = 0;
    while (session.isOpen()) {
      session.send(farewell(100_000));
      messages++;
      assertThat(messages).isLessThan(100);
    }
    assertThat(messages).isBetween(41, 43); // 4 MiB
    assertThat(listener.closed)
        .isCompletedWithValue(
            "does not read: more than 4194304 bytes of control messages wait for it");
    held.forEach(ByteBuf::release);
  }

  @Test
  void refusesToSendWhatThePeerWouldRefuse() {
    open();
    assertThatThrownBy(() -> session.send(farewell(2 << 20)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("FAREWELL has 2097162 bytes but the peer accepts at most 1048576");
    assertThatThrownBy(() -> session.send(Envelope.getDefaultInstance()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> session.sendChunks(TASK, source(2), ChunkSet.all(3)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(session.isOpen()).isTrue();
  }
}
