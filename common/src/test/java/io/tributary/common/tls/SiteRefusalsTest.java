package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.tributary.common.tls.Loopback.Outcome;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Real handshakes over a socket, each provider against each: whom a site does not talk to. */
class SiteRefusalsTest {
  private static final TestAuthority OURS = new TestAuthority("Our root");
  private static final TestAuthority FOREIGN = new TestAuthority("Foreign root");

  private final Loopback loopback = new Loopback();

  static Stream<Arguments> providers() {
    return TlsContextsTest.providers();
  }

  @AfterEach
  void close() {
    loopback.close();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesAnExpiredCoordinator(TlsProvider server, TlsProvider client) {
    Outcome outcome = connect(server, client, OURS.coordinator(TestAuthority.expired()));
    assertRefused(outcome, "its certificate expired at 20");
    assertThat(outcome.atCoordinator().refusal()).contains("this coordinator's certificate");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorThatIsNotYetValid(TlsProvider server, TlsProvider client) {
    Outcome outcome = connect(server, client, OURS.coordinator(TestAuthority.notYetValid()));
    assertRefused(outcome, "its certificate is not valid before 20");
    assertThat(outcome.atCoordinator().refusal()).contains("this coordinator's certificate");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorOfAForeignAuthority(TlsProvider server, TlsProvider client) {
    Outcome outcome =
        connect(server, client, TestAuthority.trusting(OURS.root(), FOREIGN.coordinator()));
    assertRefused(
        outcome, "its certificate was issued by another authority", "CN=Foreign root", "ca.pem");
    assertCoordinatorToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesAnotherSiteThatActsAsCoordinator(TlsProvider server, TlsProvider client) {
    TlsMaterial impostor =
        OURS.site("south", b -> b.addSanDnsName("localhost").addSanIpAddress("127.0.0.1"));
    Outcome outcome = connect(server, client, impostor);
    assertRefused(outcome, "its certificate is a site's, where a coordinator's is needed");
    assertCoordinatorToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesTheReceiptSignerAsCoordinator(TlsProvider server, TlsProvider client) {
    TlsMaterial receipts =
        OURS.material(
            CertificateRole.COORDINATOR,
            TestAuthority.endEntity("receipts")
                .addSanDnsName("localhost")
                .addExtendedKeyUsage(CertificateRole.RECEIPTS.extendedKeyUsage()));
    Outcome outcome = connect(server, client, receipts);
    assertRefused(outcome, "its certificate is a receipt signer's, where a coordinator's");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorForAnotherHost(TlsProvider server, TlsProvider client) {
    TlsMaterial elsewhere =
        OURS.material(
            CertificateRole.COORDINATOR,
            TestAuthority.endEntity("coordinator")
                .addExtendedKeyUsageServerAuth()
                .addSanDnsName("elsewhere.example"));
    assertRefused(
        connect(server, client, elsewhere, "localhost"),
        "its certificate is for another host",
        "localhost");
    assertRefused(
        connect(server, client, elsewhere, "127.0.0.1"),
        "its certificate is for another host",
        "127.0.0.1");
    assertCoordinatorToldThatItsCertificateIsRefused(
        connect(server, client, elsewhere, "localhost"));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorWithoutOurApplicationProtocol(TlsProvider server, TlsProvider client)
      throws Exception {
    TlsMaterial material = OURS.coordinator();
    SslContext silent =
        SslContextBuilder.forServer(material.key(), material.chain())
            .sslProvider(server.netty())
            .protocols("TLSv1.3")
            .trustManager(OURS.root())
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    Outcome outcome =
        loopback.connect(silent, TlsContexts.forSite(OURS.site("north"), client), "localhost");
    assertRefused(outcome, "it did not agree on the protocol tributary/1 (ALPN)");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorThatSpeaksOnlyTls12(TlsProvider server, TlsProvider client)
      throws Exception {
    TlsMaterial material = OURS.coordinator();
    SslContext old =
        SslContextBuilder.forServer(material.key(), material.chain())
            .sslProvider(server.netty())
            .protocols("TLSv1.2")
            .trustManager(OURS.root())
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    Outcome outcome =
        loopback.connect(old, TlsContexts.forSite(OURS.site("north"), client), "localhost");
    assertThat(outcome.atSite().peer()).isNull();
    assertThat(outcome.atSite().refusal())
        .startsWith("the coordinator at localhost:")
        .contains("does not accept TLS 1.3");
  }

  /** A resumed session skips the certificate check of TLS; the gate must not. */
  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorThatExpiredSinceTheSessionBegan(TlsProvider server, TlsProvider client) {
    SslContext coordinator = TlsContexts.forCoordinator(OURS.coordinator(), server);
    SslContext site = TlsContexts.forSite(OURS.site("north"), client);
    assertThat(loopback.connect(coordinator, site, "localhost").atSite().refusal()).isNull();
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(31));
    Outcome outcome =
        loopback.connect(
            coordinator,
            port ->
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(TlsContexts.dialing(site, channel.alloc(), "localhost", port))
                        .addLast(PeerGate.atSite("localhost:" + port, later));
                  }
                });
    assertRefused(outcome, "its certificate expired at 20");
  }

  private Outcome connect(TlsProvider server, TlsProvider client, TlsMaterial coordinator) {
    return connect(server, client, coordinator, "localhost");
  }

  private Outcome connect(
      TlsProvider server, TlsProvider client, TlsMaterial coordinator, String host) {
    return loopback.connect(
        TlsContexts.forCoordinator(coordinator, server),
        TlsContexts.forSite(OURS.site("north"), client),
        host);
  }

  private static void assertRefused(Outcome outcome, String... reasons) {
    assertThat(outcome.atSite().peer()).isNull();
    assertThat(outcome.atSite().refusal())
        .matches("refused the coordinator at (localhost|127\\.0\\.0\\.1):\\d+: .*")
        .contains(reasons);
    assertThat(outcome.atCoordinator().peer()).isNull();
  }

  private static void assertCoordinatorToldThatItsCertificateIsRefused(Outcome outcome) {
    assertThat(outcome.atCoordinator().refusal())
        .startsWith("the site at /127.0.0.1:")
        .contains("refused this coordinator's certificate (alert ")
        .contains("the site's log says which");
  }
}
