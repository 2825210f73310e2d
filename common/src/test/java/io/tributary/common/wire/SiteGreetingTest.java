package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Heartbeat;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.Welcome;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a site makes of the welcome, good, strange and hostile. */
class SiteGreetingTest {
  private static final WireLimits LIMITS = WireLimits.DEFAULT;
  private static final PeerIdentity COORDINATOR = new PeerIdentity.Coordinator(null);
  private static final Welcome GOOD =
      Welcome.newBuilder()
          .setProtocolVersion(1)
          .setHeartbeatIntervalMillis(2_000)
          .setIdleTimeoutMillis(9_000)
          .setMaxControlFrameBytes(10_000_000)
          .setMaxChunkBytes(100_000)
          .build();

  private final SiteGreeting greeting =
      new SiteGreeting(
          LIMITS,
          new SiteName("north"),
          "test 1",
          new RecordingListener(),
          new CompletableFuture<>());

  private Agreement judge(Welcome welcome) {
    return greeting.judge(COORDINATOR, Envelope.newBuilder().setWelcome(welcome).build());
  }

  @Test
  void saysHelloWithItsNameAndVersions() {
    Envelope hello = greeting.first().orElseThrow();
    assertThat(hello.getHello().getSiteName()).isEqualTo("north");
    assertThat(hello.getHello().getProtocolVersionsList()).containsExactly(1);
  }

  @Test
  void keepsToTheSmallerOfBothSidesBounds() {
    Agreement agreement = judge(GOOD);
    assertThat(agreement.peerMaxControlFrameBytes()).isEqualTo(LIMITS.maxControlFrameBytes());
    assertThat(agreement.peerMaxChunkBytes()).isEqualTo(100_000);
    assertThat(agreement.heartbeatIntervalMillis()).isEqualTo(2_000);
    assertThat(agreement.answer()).isEmpty();
  }

  @Test
  void refusesAnythingButAWelcomeOfItsVersion() {
    assertThatThrownBy(
            () ->
                greeting.judge(
                    COORDINATOR,
                    Envelope.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build()))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("the first message of a coordinator must be WELCOME but is HEARTBEAT");
    assertThatThrownBy(() -> judge(GOOD.toBuilder().setProtocolVersion(2).build()))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.code()).isEqualTo(RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION))
        .hasMessage("the coordinator chose protocol version 2 but the site offered [1]");
  }

  @Test
  void refusesAHeartbeatSlowerThanItsOwnPatience() {
    assertThatThrownBy(() -> judge(GOOD.toBuilder().setHeartbeatIntervalMillis(15_001).build()))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("is 15001 ms but must be from 1 to 15000");
  }

  /** No welcome makes a site busy, mute or boundless. */
  @Property
  void everyWelcomeEndsInSaneBoundsOrAViolation(
      @ForAll long heartbeat, @ForAll long control, @ForAll long chunk) {
    Welcome welcome =
        GOOD.toBuilder()
            .setHeartbeatIntervalMillis(heartbeat)
            .setMaxControlFrameBytes(control)
            .setMaxChunkBytes(chunk)
            .build();
    try {
      Agreement agreement = judge(welcome);
      assertThat(agreement.heartbeatIntervalMillis())
          .isBetween(LIMITS.heartbeatIntervalMillis() / 10, LIMITS.heartbeatIntervalMillis());
      assertThat(agreement.peerMaxControlFrameBytes()).isBetween(1, LIMITS.maxControlFrameBytes());
      assertThat(agreement.peerMaxChunkBytes()).isBetween(1, LIMITS.maxChunkBytes());
    } catch (ProtocolException e) {
      assertThat(heartbeat < 1 || heartbeat > 15_000 || control < 1 || chunk < 1).isTrue();
    }
  }
}
