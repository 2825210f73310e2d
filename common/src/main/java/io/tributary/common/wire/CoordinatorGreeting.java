package io.tributary.common.wire;

import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.Welcome;
import java.util.Optional;
import java.util.function.Function;

/** The coordinator's part: waits for hello, judges it, says welcome. */
final class CoordinatorGreeting implements Greeting {
  private final WireLimits limits;
  private final String software;
  private final Function<? super PeerIdentity.Site, ? extends WireListener> admission;
  private final Runnable whenOpened;

  CoordinatorGreeting(
      WireLimits limits,
      String software,
      Function<? super PeerIdentity.Site, ? extends WireListener> admission,
      Runnable whenOpened) {
    this.limits = limits;
    this.software = software;
    this.admission = admission;
    this.whenOpened = whenOpened;
  }

  @Override
  public Optional<Envelope> first() {
    return Optional.empty();
  }

  @Override
  public Agreement judge(PeerIdentity peer, Envelope message) {
    if (!(peer instanceof PeerIdentity.Site site)) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_IDENTITY, "only a site may connect to the coordinator");
    }
    if (message.getMessageCase() != Envelope.MessageCase.HELLO) {
      throw new ProtocolException(
          "the first message of a site must be HELLO but is " + message.getMessageCase());
    }
    Hello hello = message.getHello();
    int version = ProtocolVersions.agree(hello.getProtocolVersionsList());
    if (!hello.getSiteName().equals(site.name().value())) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_IDENTITY,
          "hello names the site \"%s\" but the certificate is that of %s: use the certificate of the site, or its name"
              .formatted(PeerText.oneLine(hello.getSiteName()), site.name()));
    }
    Welcome welcome =
        Welcome.newBuilder()
            .setProtocolVersion(version)
            .setSoftware(software)
            .setHeartbeatIntervalMillis(limits.heartbeatIntervalMillis())
            .setIdleTimeoutMillis(limits.idleTimeoutMillis())
            .setMaxControlFrameBytes(limits.maxControlFrameBytes())
            .setMaxChunkBytes(limits.maxChunkBytes())
            .build();
    // A site keeps to our bounds and states none of its own: ours are what we may send, too.
    return new Agreement(
        admission.apply(site),
        Optional.of(Envelope.newBuilder().setWelcome(welcome).build()),
        limits.maxControlFrameBytes(),
        limits.maxChunkBytes(),
        limits.heartbeatIntervalMillis());
  }

  @Override
  public void opened(WireConnection connection) {
    whenOpened.run();
  }

  @Override
  public void failed(WireConnectException failure) {
    // Nobody waits for it here, and the session has logged it.
  }
}
