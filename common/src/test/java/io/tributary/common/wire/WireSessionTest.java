package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** How a connection opens, lives, falls silent and ends. */
class WireSessionTest extends SessionOnTestClock {
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
  void aChunkThatTakesLongerThanTheIdleTimeoutIsNotSilence() throws IOException {
    open();
    ByteBuf frame = FrameEncoder.chunk(allocator, TASK, 0, source(1));
    while (frame.isReadable()) {
      pass(LIMITS.idleTimeoutMillis() - 1);
      int bytes = Math.min(4_000, frame.readableBytes());
      channel.writeInbound(frame.readRetainedSlice(bytes));
    }
    frame.release();
    assertThat(channel.isOpen()).isTrue();
    assertThat(listener.chunks).hasValue(1);

    pass(LIMITS.idleTimeoutMillis() + LIMITS.heartbeatIntervalMillis());
    assertThat(channel.isOpen()).isFalse();
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
}
