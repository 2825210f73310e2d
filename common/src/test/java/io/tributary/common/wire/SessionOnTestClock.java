package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The coordinator's end of a connection, without a network and on a clock that the test moves. */
abstract class SessionOnTestClock {
  static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  static final WireLimits LIMITS =
      Limits.with(
          l -> {
            l.highWater = 64 << 10;
            l.lowWater = 32 << 10;
            l.transfers = 2;
          });

  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  final RecordingListener listener = new RecordingListener();
  final FrameDecoder decoder = new FrameDecoder(LIMITS);
  final SendingBudget budget = new SendingBudget(1 << 20);
  WireListener admitted = listener;
  EmbeddedChannel channel;
  WireSession session;
  LogCapture log;
  PeerIdentity.Site north;

  @BeforeEach
  void connect() throws Exception {
    log = LogCapture.ofWire();
    north = new Federation().identity("north");
    Greeting greeting = new CoordinatorGreeting(LIMITS, "test 1", site -> admitted, () -> {});
    session = new WireSession(LIMITS, greeting, decoder, budget, "10.0.0.1:4711");
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

  static Envelope hello(String name, Integer... versions) {
    return Envelope.newBuilder()
        .setHello(Hello.newBuilder().setSiteName(name).addAllProtocolVersions(List.of(versions)))
        .build();
  }

  static Envelope farewell(int characters) {
    return Envelope.newBuilder()
        .setFarewell(Farewell.newBuilder().setReason("x".repeat(characters)))
        .build();
  }

  static final Envelope HEARTBEAT =
      Envelope.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

  void secure() {
    channel.pipeline().fireUserEventTriggered(new PeerGate.Opened(north));
  }

  void receive(Envelope message) {
    channel.writeInbound(FrameEncoder.control(allocator, message));
  }

  void open() {
    secure();
    receive(hello("north", 1));
    assertThat(sentMessages()).containsExactly(MessageCase.WELCOME);
  }

  /** Lets time pass evenly. */
  void pass(long millis) {
    for (long left = millis; left > 0; left -= 1_000) {
      jump(Math.min(left, 1_000));
    }
  }

  /** Lets time pass as for a process that was stopped meanwhile. */
  void jump(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
  }

  /** What was sent since the last call, decoded; chunks as their index. */
  List<Object> sent() {
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

  List<MessageCase> sentMessages() {
    return sent().stream().map(message -> ((Envelope) message).getMessageCase()).toList();
  }

  Refusal sentRefusal() {
    List<Object> frames = sent();
    assertThat(frames).hasSize(1);
    return ((Envelope) frames.get(0)).getRefusal();
  }

  void assertRefused(RefusalCode code, String reason) {
    Refusal refusal = sentRefusal();
    assertThat(refusal.getCode()).isEqualTo(code);
    assertThat(refusal.getReason()).isEqualTo(reason);
    assertThat(channel.isOpen()).isFalse();
    assertThat(log.lines())
        .anyMatch(line -> line.contains("10.0.0.1:4711") && line.contains(reason));
  }

  static ChunkSource source(int chunks) {
    ByteBuffer content = ByteBuffer.allocate(chunks * (16 << 10));
    return ChunkSource.ofBytes(content, Manifest.of(content, 16 << 10));
  }
}
