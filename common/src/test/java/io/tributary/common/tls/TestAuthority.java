package io.tributary.common.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** Issues real certificates for handshake tests, good ones and every kind of bad one. */
final class TestAuthority {
  private final X509Bundle root;

  TestAuthority(String name) {
    this.root =
        make(
            () ->
                new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .setPathLengthConstraint(OptionalInt.of(0))
                    .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                    .notBefore(Instant.now().minus(Duration.ofDays(100)))
                    .notAfter(Instant.now().plus(Duration.ofDays(100)))
                    .buildSelfSigned());
  }

  X509Certificate root() {
    return root.getCertificate();
  }

  TlsMaterial site(String name) {
    return site(name, UnaryOperator.identity());
  }

  TlsMaterial site(String name, UnaryOperator<CertificateBuilder> change) {
    return material(
        CertificateRole.SITE,
        change.apply(
            endEntity(name)
                .addExtendedKeyUsageClientAuth()
                .addSanUriName(URI.create("tributary://site/" + name))));
  }

  TlsMaterial coordinator() {
    return coordinator(UnaryOperator.identity());
  }

  TlsMaterial coordinator(UnaryOperator<CertificateBuilder> change) {
    return material(
        CertificateRole.COORDINATOR,
        change.apply(
            endEntity("coordinator")
                .addExtendedKeyUsageServerAuth()
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")));
  }

  TlsMaterial material(CertificateRole role, CertificateBuilder builder) {
    X509Bundle issued = make(() -> builder.buildIssuedBy(root));
    return new TlsMaterial(
        role, root(), List.of(issued.getCertificate()), issued.getKeyPair().getPrivate());
  }

  /** The same certificate and key, in the hands of one who trusts another root. */
  static TlsMaterial trusting(X509Certificate root, TlsMaterial material) {
    return new TlsMaterial(material.role(), root, material.chain(), material.key());
  }

  static TlsMaterial selfSigned(CertificateRole role, X509Certificate root, String sanUri) {
    X509Bundle bundle =
        make(
            () ->
                endEntity("self")
                    .addExtendedKeyUsage(role.extendedKeyUsage())
                    .addSanUriName(URI.create(sanUri))
                    .setIsCertificateAuthority(true) // the builder signs nothing else by itself
                    .buildSelfSigned());
    return new TlsMaterial(
        role, root, List.of(bundle.getCertificate()), bundle.getKeyPair().getPrivate());
  }

  static CertificateBuilder endEntity(String name) {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .setKeyUsage(true, KeyUsage.digitalSignature)
        .notBefore(Instant.now().minus(Duration.ofDays(1)))
        .notAfter(Instant.now().plus(Duration.ofDays(30)));
  }

  static UnaryOperator<CertificateBuilder> expired() {
    return builder ->
        builder
            .notBefore(Instant.now().minus(Duration.ofDays(9)))
            .notAfter(Instant.now().minus(Duration.ofDays(2)));
  }

  static UnaryOperator<CertificateBuilder> notYetValid() {
    return builder ->
        builder
            .notBefore(Instant.now().plus(Duration.ofDays(2)))
            .notAfter(Instant.now().plus(Duration.ofDays(9)));
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
