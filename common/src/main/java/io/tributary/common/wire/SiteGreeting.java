package io.tributary.common.wire;

import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.Welcome;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The site's part: says hello, judges the welcome, and tells whoever asked for the connection. */
final class SiteGreeting implements Greeting {
  private final WireLimits limits;
  private final SiteName site;
  private final String software;
  private final WireListener listener;
  private final CompletableFuture<WireConnection> connected;

  SiteGreeting(
      WireLimits limits,
      SiteName site,
      String software,
      WireListener listener,
      CompletableFuture<WireConnection> connected) {
    this.limits = limits;
    this.site = site;
    this.software = software;
    this.listener = listener;
    this.connected = connected;
  }

  @Override
  public Optional<Envelope> first() {
    Hello hello =
        Hello.newBuilder()
            .addAllProtocolVersions(ProtocolVersions.SPOKEN)
            .setSoftware(software)
            .setSiteName(site.value())
            .build();
    return Optional.of(Envelope.newBuilder().setHello(hello).build());
  }

  @Override
  public Agreement judge(PeerIdentity peer, Envelope message) {
    if (message.getMessageCase() != Envelope.MessageCase.WELCOME) {
      throw new ProtocolException(
          "the first message of a coordinator must be WELCOME but is " + message.getMessageCase());
    }
    Welcome welcome = message.getWelcome();
    if (!ProtocolVersions.SPOKEN.contains(welcome.getProtocolVersion())) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION,
          "the coordinator chose protocol version %s but the site offered %s"
              .formatted(
                  Integer.toUnsignedString(welcome.getProtocolVersion()), ProtocolVersions.SPOKEN));
    }
    long heartbeatMillis = welcome.getHeartbeatIntervalMillis();
    long mostMillis = limits.idleTimeoutMillis() / 2;
    if (heartbeatMillis < 1 || heartbeatMillis > mostMillis) {
      throw new ProtocolException(
          "the coordinator's heartbeat interval is %s ms but must be from 1 to %d, half the site's idle timeout"
              .formatted(Long.toUnsignedString(heartbeatMillis), mostMillis));
    }
    // No faster than a tenth of our own: a strange welcome must not make this side busy.
    long slowestMillis = Math.max(heartbeatMillis, limits.heartbeatIntervalMillis() / 10);
    return new Agreement(
        listener,
        Optional.empty(),
        smaller(
            "max_control_frame_bytes",
            welcome.getMaxControlFrameBytes(),
            limits.maxControlFrameBytes()),
        smaller("max_chunk_bytes", welcome.getMaxChunkBytes(), limits.maxChunkBytes()),
        Math.max(1, Math.min(slowestMillis, limits.heartbeatIntervalMillis())));
  }

  private static int smaller(String name, long theirs, int ours) {
    if (theirs < 1) {
      throw new ProtocolException(
          "welcome sets %s to %s, but it must be at least 1"
              .formatted(name, Long.toUnsignedString(theirs)));
    }
    return (int) Math.min(theirs, ours);
  }

  @Override
  public void opened(WireConnection connection) {
    connected.complete(connection);
  }

  @Override
  public void failed(WireConnectException failure) {
    connected.completeExceptionally(failure);
  }
}
