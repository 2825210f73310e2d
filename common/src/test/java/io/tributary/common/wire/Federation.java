package io.tributary.common.wire;

import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/** One authority with real certificates for a coordinator on loopback and any number of sites. */
final class Federation {
  private final X509Bundle root;

  Federation() throws Exception {
    root =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=Root")
            .setIsCertificateAuthority(true)
            .setPathLengthConstraint(OptionalInt.of(0))
            .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
            .notBefore(Instant.now().minus(Duration.ofDays(1)))
            .notAfter(Instant.now().plus(Duration.ofDays(1)))
            .buildSelfSigned();
  }

  SslContext coordinator() throws Exception {
    CertificateBuilder builder =
        endEntity("coordinator")
            .addExtendedKeyUsageServerAuth()
            .addSanDnsName("localhost")
            .addSanIpAddress("127.0.0.1");
    return TlsContexts.forCoordinator(
        material(CertificateRole.COORDINATOR, builder), TlsProvider.preferred());
  }

  TlsMaterial siteMaterial(String name) throws Exception {
    CertificateBuilder builder =
        endEntity(name)
            .addExtendedKeyUsageClientAuth()
            .addSanUriName(URI.create("tributary://site/" + name));
    return material(CertificateRole.SITE, builder);
  }

  SslContext site(String name) throws Exception {
    return TlsContexts.forSite(siteMaterial(name), TlsProvider.preferred());
  }

  PeerIdentity.Site identity(String name) throws Exception {
    return new PeerIdentity.Site(new SiteName(name), siteMaterial(name).chain().get(0));
  }

  private TlsMaterial material(CertificateRole role, CertificateBuilder builder) throws Exception {
    X509Bundle issued = builder.buildIssuedBy(root);
    return new TlsMaterial(
        role,
        root.getCertificate(),
        List.of(issued.getCertificate()),
        issued.getKeyPair().getPrivate());
  }

  private static CertificateBuilder endEntity(String name) {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .setKeyUsage(true, KeyUsage.digitalSignature)
        .notBefore(Instant.now().minus(Duration.ofDays(1)))
        .notAfter(Instant.now().plus(Duration.ofDays(1)));
  }
}
