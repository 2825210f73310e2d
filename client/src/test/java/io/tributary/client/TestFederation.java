package io.tributary.client;

import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import io.tributary.client.data.DataSource;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.notary.Notary;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/** One authority, one coordinator and sites, with real certificates in real files. */
final class TestFederation {
  private final Path directory;
  private final X509Bundle root;

  TestFederation(Path directory) {
    this.directory = directory;
    this.root =
        make(
            () ->
                dated(new CertificateBuilder())
                    .subject("CN=test authority")
                    .setIsCertificateAuthority(true)
                    .setPathLengthConstraint(OptionalInt.of(0))
                    .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                    .buildSelfSigned());
  }

  X509Certificate root() {
    return root.getCertificate();
  }

  /** Signs receipts and log entries under this authority's root. */
  Notary notary() {
    X509Bundle issued =
        make(
            () ->
                dated(new CertificateBuilder())
                    .algorithm(CertificateBuilder.Algorithm.ed25519)
                    .subject("CN=receipts")
                    .setKeyUsage(true, KeyUsage.digitalSignature)
                    .addExtendedKeyUsage(CertificateRole.RECEIPTS.extendedKeyUsage())
                    .buildIssuedBy(root));
    return new Ed25519Notary(
        new TlsMaterial(
            CertificateRole.RECEIPTS,
            root(),
            List.of(issued.getCertificate()),
            issued.getKeyPair().getPrivate()));
  }

  /** A site's certificate of this authority, in the hands of one who trusts {@code trusted}. */
  TlsMaterial siteTrusting(String name, X509Certificate trusted) {
    X509Bundle issued = issueSite(name);
    return new TlsMaterial(
        CertificateRole.SITE,
        trusted,
        List.of(issued.getCertificate()),
        issued.getKeyPair().getPrivate());
  }

  /** The server side's TLS. */
  SslContext coordinator() {
    X509Bundle issued =
        make(
            () ->
                dated(new CertificateBuilder())
                    .subject("CN=coordinator")
                    .setKeyUsage(true, KeyUsage.digitalSignature)
                    .addExtendedKeyUsageServerAuth()
                    .addSanDnsName("localhost")
                    .addSanIpAddress("127.0.0.1")
                    .buildIssuedBy(root));
    TlsMaterial material =
        TlsMaterial.load(
            CertificateRole.COORDINATOR,
            write("coordinator.pem", issued.getCertificatePEM()),
            write("coordinator-key.pem", issued.getPrivateKeyPEM()),
            write("ca.pem", root.getCertificatePEM()),
            Clock.systemUTC());
    return TlsContexts.forCoordinator(material, TlsProvider.preferred());
  }

  /** The files of a site and a configuration that names them. */
  SiteConfig site(String name, int port) {
    X509Bundle issued = issueSite(name);
    return new SiteConfig(
        new SiteConfig.Coordinator("127.0.0.1", port),
        new SiteConfig.Tls(
            write(name + ".pem", issued.getCertificatePEM()).toString(),
            write(name + "-key.pem", issued.getPrivateKeyPEM()).toString(),
            write("ca.pem", root.getCertificatePEM()).toString()),
        directory.resolve("home-" + name).toString(),
        DataSource.of(directory.resolve("data-" + name).toString()),
        null,
        new ReconnectBounds(10L, 50L));
  }

  private X509Bundle issueSite(String name) {
    return make(
        () ->
            dated(new CertificateBuilder())
                .subject("CN=" + name)
                .setKeyUsage(true, KeyUsage.digitalSignature)
                .addExtendedKeyUsageClientAuth()
                .addSanUriName(URI.create("tributary://site/" + name))
                .buildIssuedBy(root));
  }

  private Path write(String name, String content) {
    try {
      return Files.writeString(Files.createDirectories(directory).resolve(name), content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static CertificateBuilder dated(CertificateBuilder builder) {
    return builder
        .ecp256()
        .notBefore(Instant.now().minus(Duration.ofDays(1)))
        .notAfter(Instant.now().plus(Duration.ofDays(30)));
  }

  private interface Build {
    X509Bundle bundle() throws Exception;
  }

  private static X509Bundle make(Build build) {
    try {
      return build.bundle();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
