package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.tributary.common.tls.Loopback.Outcome;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Real handshakes over a socket, each provider against each: whom the coordinator lets in. */
class TlsContextsTest {
  private static final TestAuthority OURS = new TestAuthority("Our root");
  private static final TestAuthority FOREIGN = new TestAuthority("Foreign root");

  private final Loopback loopback = new Loopback();

  static Stream<Arguments> providers() {
    List<TlsProvider> available =
        Stream.of(TlsProvider.values()).filter(TlsProvider::isAvailable).toList();
    List<Arguments> pairs = new ArrayList<>();
    for (TlsProvider coordinator : available) {
      for (TlsProvider site : available) {
        pairs.add(Arguments.of(coordinator, site));
      }
    }
    return pairs.stream();
  }

  @AfterEach
  void close() {
    loopback.close();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void letsInASiteOfOurAuthorityUnderItsName(TlsProvider server, TlsProvider client) {
    for (String host : List.of("localhost", "127.0.0.1")) {
      Outcome outcome = connect(server, client, OURS.site("north"), host);
      assertThat(outcome.atCoordinator().refusal()).isNull();
      assertThat(outcome.atCoordinator().peer())
          .isInstanceOfSatisfying(
              PeerIdentity.Site.class,
              site -> assertThat(site.name()).isEqualTo(new SiteName("north")));
      assertThat(outcome.atSite().peer()).isInstanceOf(PeerIdentity.Coordinator.class);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void letsInTheSameSiteAgainAndAgain(TlsProvider server, TlsProvider client) {
    SslContext coordinator = TlsContexts.forCoordinator(OURS.coordinator(), server);
    SslContext site = TlsContexts.forSite(OURS.site("north"), client);
    for (int i = 0; i < 3; i++) {
      Outcome outcome = loopback.connect(coordinator, site, "localhost");
      assertThat(outcome.atCoordinator().refusal()).isNull();
      assertThat(outcome.atSite().refusal()).isNull();
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesAnExpiredSite(TlsProvider server, TlsProvider client) {
    Outcome outcome = connect(server, client, OURS.site("north", TestAuthority.expired()));
    assertRefused(outcome, "its certificate expired at 20");
    if (server == TlsProvider.OPENSSL) {
      assertSiteToldThatItsCertificateIsOutOfDate(outcome);
    } else { // The JDK has one alert for every bad certificate.
      assertSiteToldThatItsCertificateIsRefused(outcome);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteThatIsNotYetValid(TlsProvider server, TlsProvider client) {
    Outcome outcome = connect(server, client, OURS.site("north", TestAuthority.notYetValid()));
    assertRefused(outcome, "its certificate is not valid before 20");
    if (server == TlsProvider.OPENSSL) {
      assertSiteToldThatItsCertificateIsOutOfDate(outcome);
    } else {
      assertSiteToldThatItsCertificateIsRefused(outcome);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteOfAForeignAuthority(TlsProvider server, TlsProvider client) {
    TlsMaterial foreign = TestAuthority.trusting(OURS.root(), FOREIGN.site("north"));
    Outcome outcome = connect(server, client, foreign);
    assertRefused(outcome, "its certificate was issued by another authority", "CN=Foreign root");
    assertSiteToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteOfAForeignAuthorityThatTookOurName(TlsProvider server, TlsProvider client) {
    TestAuthority impostor = new TestAuthority("Our root");
    TlsMaterial forged = TestAuthority.trusting(OURS.root(), impostor.site("north"));
    Outcome outcome = connect(server, client, forged);
    assertRefused(outcome, "its certificate was issued by another authority", "CN=Our root");
    assertSiteToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASelfSignedSiteOfTheRightName(TlsProvider server, TlsProvider client) {
    TlsMaterial own =
        TestAuthority.selfSigned(CertificateRole.SITE, OURS.root(), "tributary://site/north");
    Outcome outcome = connect(server, client, own);
    assertRefused(outcome, "its certificate was issued by another authority", "CN=self");
    assertSiteToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACoordinatorsCertificateUsedByASite(TlsProvider server, TlsProvider client) {
    Outcome outcome = connect(server, client, OURS.coordinator());
    assertRefused(outcome, "its certificate is a coordinator's, where a site's is needed");
    assertSiteToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesACertificateForBothUses(TlsProvider server, TlsProvider client) {
    TlsMaterial both = OURS.site("north", builder -> builder.addExtendedKeyUsageServerAuth());
    Outcome outcome = connect(server, client, both);
    assertRefused(outcome, "its certificate is for another use, where a site's is needed");
    assertSiteToldThatItsCertificateIsRefused(outcome);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteWithTwoNamesOrNone(TlsProvider server, TlsProvider client) {
    TlsMaterial two =
        OURS.site("north", b -> b.addSanUriName(URI.create("tributary://site/south")));
    assertRefused(connect(server, client, two), "its certificate names no site");
    TlsMaterial none =
        OURS.material(
            CertificateRole.SITE, TestAuthority.endEntity("north").addExtendedKeyUsageClientAuth());
    assertRefused(connect(server, client, none), "its certificate names no site");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteWithoutACertificate(TlsProvider server, TlsProvider client) throws Exception {
    SslContext anonymous = siteWithout(client, "TLSv1.3", TlsContexts.PROTOCOL, null);
    Outcome outcome =
        loopback.connect(
            TlsContexts.forCoordinator(OURS.coordinator(), server), anonymous, "localhost");
    assertRefused(outcome, "it sent no certificate");
    assertThat(outcome.atSite().refusal()).contains("certificate");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteThatSpeaksOnlyTls12(TlsProvider server, TlsProvider client) throws Exception {
    SslContext old = siteWithout(client, "TLSv1.2", TlsContexts.PROTOCOL, OURS.site("north"));
    Outcome outcome =
        loopback.connect(TlsContexts.forCoordinator(OURS.coordinator(), server), old, "localhost");
    assertRefused(outcome, "it does not offer TLS 1.3");
    assertThat(outcome.atSite().refusal()).contains("coordinator at localhost:");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteWithoutOurApplicationProtocol(TlsProvider server, TlsProvider client)
      throws Exception {
    for (String protocol : new String[] {null, "h2", "tributary/2"}) {
      SslContext other = siteWithout(client, "TLSv1.3", protocol, OURS.site("north"));
      Outcome outcome =
          loopback.connect(
              TlsContexts.forCoordinator(OURS.coordinator(), server), other, "localhost");
      assertRefused(outcome, "it did not agree on the protocol tributary/1 (ALPN)");
      assertThat(outcome.atSite().refusal()).contains("tributary/1");
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesPlainText(TlsProvider server, TlsProvider client) {
    Outcome outcome =
        loopback.connect(
            TlsContexts.forCoordinator(OURS.coordinator(), server),
            port ->
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    var unused =
                        ctx.writeAndFlush(
                            ctx.alloc()
                                .buffer()
                                .writeBytes(
                                    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII)));
                  }
                });
    assertThat(outcome.atCoordinator().peer()).isNull();
    assertThat(outcome.atCoordinator().refusal())
        .contains("does not speak TLS: it sent plain text");
  }

  private Outcome connect(TlsProvider server, TlsProvider client, TlsMaterial site) {
    return connect(server, client, site, "localhost");
  }

  private Outcome connect(TlsProvider server, TlsProvider client, TlsMaterial site, String host) {
    return loopback.connect(
        TlsContexts.forCoordinator(OURS.coordinator(), server),
        TlsContexts.forSite(site, client),
        host);
  }

  private static SslContext siteWithout(
      TlsProvider provider, String version, String alpn, TlsMaterial material) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(provider.netty())
            .protocols(version)
            .trustManager(OURS.root());
    if (material != null) {
      builder.keyManager(material.key(), material.chain());
    }
    if (alpn != null) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              alpn));
    }
    return builder.build();
  }

  private static void assertRefused(Outcome outcome, String... reasons) {
    assertThat(outcome.atCoordinator().peer()).isNull();
    assertThat(outcome.atCoordinator().refusal())
        .startsWith("refused the site at /127.0.0.1:")
        .contains(reasons)
        .doesNotContain("\n");
    assertThat(outcome.atSite().peer()).isNull();
  }

  private static void assertSiteToldThatItsCertificateIsOutOfDate(Outcome outcome) {
    assertThat(outcome.atSite().refusal())
        .startsWith("the coordinator at localhost:")
        .contains("says that this site's certificate has expired or is not valid yet")
        .contains("certs issue --site NAME");
  }

  private static void assertSiteToldThatItsCertificateIsRefused(Outcome outcome) {
    assertThat(outcome.atSite().refusal())
        .startsWith("the coordinator at localhost:")
        .contains("refused this site's certificate (alert ")
        .contains("the coordinator's log says which");
  }
}
