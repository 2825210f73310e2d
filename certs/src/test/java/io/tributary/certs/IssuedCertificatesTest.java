package io.tributary.certs;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.tributary.certs.CertificateIssuer.Issued;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files this authority writes, in real handshakes; what TLS refuses is tested in common. */
class IssuedCertificatesTest {
  private static final Clock CLOCK = Clock.systemUTC();
  private static final SiteName NORTH = new SiteName("north");

  @TempDir Path temporary;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  static Stream<TlsProvider> providers() {
    return Stream.of(TlsProvider.values()).filter(TlsProvider::isAvailable);
  }

  @BeforeEach
  void makeAuthority() {
    CertificateAuthority authority = authority("ours", CLOCK);
    authority.init(HostNames.LOCAL, false);
    authority.issueSite(NORTH, false);
  }

  @AfterEach
  void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void opensTheGateOnEveryDefaultHost(TlsProvider provider) {
    for (String host : new String[] {"localhost", "127.0.0.1", "::1", "[::1]"}) {
      Verdicts verdicts = shakeHands(provider, coordinator(), site("ours"), host);
      assertThat(verdicts.atCoordinator())
          .isInstanceOfSatisfying(
              PeerGate.Opened.class,
              opened ->
                  assertThat(opened.peer())
                      .isInstanceOfSatisfying(
                          PeerIdentity.Site.class,
                          site -> assertThat(site.name()).isEqualTo(NORTH)));
      assertThat(verdicts.atSite()).isInstanceOf(PeerGate.Opened.class);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void keepsTwoFederationsApart(TlsProvider provider) {
    authority("theirs", CLOCK).init(HostNames.LOCAL, false);
    authority("theirs", CLOCK).issueSite(NORTH, false);
    Verdicts verdicts = shakeHands(provider, coordinator(), site("theirs"), "localhost");
    assertThat(refusal(verdicts.atSite()))
        .contains("issued by another authority", "CN=Tributary root");
    assertThat(refusal(verdicts.atCoordinator())).contains("refused this coordinator's");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteWhoseTimeIsOver(TlsProvider provider) {
    CertificateIssuer then = issuer(Clock.offset(CLOCK, Duration.ofDays(-398)));
    Issued root = then.root();
    TlsMaterial coordinator =
        material(
            CertificateRole.COORDINATOR, root, issuer(CLOCK).coordinator(root, HostNames.LOCAL));
    TlsMaterial old = material(CertificateRole.SITE, root, then.site(root, NORTH));
    Verdicts verdicts = shakeHands(provider, coordinator, old, "localhost");
    assertThat(refusal(verdicts.atCoordinator())).contains("its certificate expired at");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesASiteThatSignedItsOwnCertificate(TlsProvider provider) throws Exception {
    TlsMaterial real = site("ours");
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    // Every extension as in the real certificate; only key and signature are the forger's.
    X509Certificate genuine = real.chain().get(0);
    X509CertificateHolder holder = new JcaX509CertificateHolder(genuine);
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            genuine.getSubjectX500Principal(),
            genuine.getSerialNumber(),
            genuine.getNotBefore(),
            genuine.getNotAfter(),
            genuine.getSubjectX500Principal(),
            pair.getPublic());
    for (ASN1ObjectIdentifier extension : holder.getExtensions().getExtensionOIDs()) {
      builder.copyAndAddExtension(extension, holder.getExtension(extension).isCritical(), holder);
    }
    X509Certificate forged =
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    forged.verify(pair.getPublic());
    TlsMaterial material =
        new TlsMaterial(CertificateRole.SITE, real.root(), List.of(forged), pair.getPrivate());
    Verdicts verdicts = shakeHands(provider, coordinator(), material, "localhost");
    assertThat(refusal(verdicts.atCoordinator())).contains("issued by another authority");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesTheReceiptSignerInTls(TlsProvider provider) {
    Path directory = temporary.resolve("ours");
    TlsMaterial receipts =
        TlsMaterial.load(
            CertificateRole.RECEIPTS,
            directory.resolve("receipts.pem"),
            directory.resolve("receipts-key.pem"),
            directory.resolve("ca.pem"),
            CLOCK);
    TlsMaterial mixed =
        new TlsMaterial(CertificateRole.SITE, receipts.root(), receipts.chain(), receipts.key());
    Verdicts verdicts = shakeHands(provider, coordinator(), mixed, "localhost");
    assertThat(verdicts.atCoordinator()).isInstanceOf(PeerGate.Refused.class);
  }

  private static CertificateIssuer issuer(Clock clock) {
    return new CertificateIssuer(new SecureRandom(), clock, Validity.DEFAULT);
  }

  private static TlsMaterial material(CertificateRole role, Issued root, Issued own) {
    return new TlsMaterial(role, root.certificate(), List.of(own.certificate()), own.key());
  }

  private CertificateAuthority authority(String name, Clock clock) {
    return new CertificateAuthority(temporary.resolve(name), clock, Validity.DEFAULT);
  }

  private TlsMaterial coordinator() {
    return TlsMaterial.loadCoordinator(temporary.resolve("ours"), CLOCK);
  }

  private TlsMaterial site(String authority) {
    return TlsMaterial.loadSite(authority(authority, CLOCK).siteDirectory(NORTH), CLOCK);
  }

  private static String refusal(Object verdict) {
    assertThat(verdict).isInstanceOf(PeerGate.Refused.class);
    return ((PeerGate.Refused) verdict).reason();
  }

  private record Verdicts(Object atCoordinator, Object atSite) {}

  private Verdicts shakeHands(
      TlsProvider provider, TlsMaterial coordinator, TlsMaterial site, String host) {
    SslContext serving = TlsContexts.forCoordinator(coordinator, provider);
    SslContext dialing = TlsContexts.forSite(site, provider);
    CompletableFuture<Object> atCoordinator = new CompletableFuture<>();
    CompletableFuture<Object> atSite = new CompletableFuture<>();
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(TlsContexts.accepting(serving, channel.alloc()))
                        .addLast(PeerGate.atCoordinator(CLOCK))
                        .addLast(firstVerdict(atCoordinator));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    Channel client =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(TlsContexts.dialing(dialing, channel.alloc(), host, port))
                        .addLast(PeerGate.atSite(host + ":" + port, CLOCK))
                        .addLast(firstVerdict(atSite));
                  }
                })
            .connect(server.localAddress())
            .syncUninterruptibly()
            .channel();
    try {
      return new Verdicts(
          atCoordinator.get(20, TimeUnit.SECONDS), atSite.get(20, TimeUnit.SECONDS));
    } catch (Exception e) {
      throw new AssertionError("no verdict", e);
    } finally {
      client.close().syncUninterruptibly();
      server.close().syncUninterruptibly();
    }
  }

  private static ChannelInboundHandlerAdapter firstVerdict(CompletableFuture<Object> verdict) {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof PeerGate.Opened || event instanceof PeerGate.Refused) {
          verdict.complete(event);
        }
      }
    };
  }
}
