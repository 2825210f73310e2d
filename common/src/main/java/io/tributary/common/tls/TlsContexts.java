package io.tributary.common.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;

/**
 * The two ends of every connection: TLS 1.3 only, certificates both ways under one root, ALPN
 * {@value #PROTOCOL}.
 *
 * <p>A pipeline is always {@code SslHandler} (from here), {@link PeerGate}, then frames. The gate
 * is not optional: BoringSSL under Netty cannot fail a handshake for a missing ALPN protocol, so
 * both providers are set to carry on and the gate refuses.
 */
public final class TlsContexts {
  /** The application protocol; another major version of the wire gets another number. */
  public static final String PROTOCOL = "tributary/1";

  /** Longest handshake; generous, because many sites may start at once on one machine. */
  public static final long HANDSHAKE_TIMEOUT_MILLIS = 20_000;

  private static final String TLS_1_3 = "TLSv1.3";

  private TlsContexts() {}

  /**
   * Makes the coordinator's context: it demands a site's certificate of its own authority.
   *
   * @throws IllegalStateException when the provider cannot use the material; {@link
   *     TlsMaterial#load} has ruled out what a user can do wrong
   */
  public static SslContext forCoordinator(TlsMaterial material, TlsProvider provider) {
    return build(
        SslContextBuilder.forServer(material.key(), material.chain())
            .clientAuth(ClientAuth.REQUIRE),
        material,
        provider,
        CertificateRole.SITE);
  }

  /**
   * Makes a site's context: it presents the site's certificate and verifies the coordinator's, its
   * host name included.
   *
   * @throws IllegalStateException as {@link #forCoordinator}
   */
  public static SslContext forSite(TlsMaterial material, TlsProvider provider) {
    return build(
        SslContextBuilder.forClient()
            .keyManager(material.key(), material.chain())
            .endpointIdentificationAlgorithm("HTTPS"),
        material,
        provider,
        CertificateRole.COORDINATOR);
  }

  /** Makes the first handler of an accepted connection. */
  public static SslHandler accepting(SslContext coordinator, ByteBufAllocator allocator) {
    return bounded(coordinator.newHandler(allocator));
  }

  /**
   * Makes the first handler of a connection that a site opens.
   *
   * @param host the name or address as the user wrote it, not as it resolved: the coordinator's
   *     certificate must carry it; an IPv6 address may stand in brackets
   */
  public static SslHandler dialing(
      SslContext site, ByteBufAllocator allocator, String host, int port) {
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    return bounded(site.newHandler(allocator, bare, port));
  }

  private static SslHandler bounded(SslHandler handler) {
    handler.setHandshakeTimeoutMillis(HANDSHAKE_TIMEOUT_MILLIS);
    return handler;
  }

  private static SslContext build(
      SslContextBuilder builder,
      TlsMaterial material,
      TlsProvider provider,
      CertificateRole expected) {
    try {
      return builder
          .sslProvider(provider.netty())
          .protocols(TLS_1_3)
          .trustManager(new RoleTrustManager(material.root(), expected, provider))
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  PROTOCOL))
          .build();
    } catch (SSLException | GeneralSecurityException e) {
      throw new IllegalStateException(provider + " cannot use " + material, e);
    }
  }
}
