package io.tributary.common.notary;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsMaterial;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** A root that certifies receipt signers, good ones and every kind of bad one. */
final class SigningAuthority {
  /** Certificates of {@link #receipts} are in date from here ... */
  static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

  /** ... to here. */
  static final Instant TO = Instant.parse("2027-01-01T00:00:00Z");

  private final X509Bundle root =
      made(
          () ->
              new CertificateBuilder()
                  .ecp256()
                  .subject("CN=root")
                  .setIsCertificateAuthority(true)
                  .setPathLengthConstraint(OptionalInt.of(0))
                  .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                  .notBefore(Instant.parse("2020-01-01T00:00:00Z"))
                  .notAfter(Instant.parse("2040-01-01T00:00:00Z"))
                  .buildSelfSigned());

  X509Certificate root() {
    return root.getCertificate();
  }

  Notary notary() {
    return new Ed25519Notary(receipts(UnaryOperator.identity()));
  }

  CertifiedVerifier verifier() {
    return new CertifiedVerifier(root());
  }

  TlsMaterial receipts(UnaryOperator<CertificateBuilder> change) {
    return material(change, CertificateRole.RECEIPTS.extendedKeyUsage());
  }

  /** What claims to be a receipt signer's, with another role in its certificate. */
  TlsMaterial material(UnaryOperator<CertificateBuilder> change, String extendedKeyUsage) {
    X509Bundle issued =
        made(
            () ->
                change
                    .apply(
                        new CertificateBuilder()
                            .algorithm(Algorithm.ed25519)
                            .subject("CN=receipts")
                            .setKeyUsage(true, KeyUsage.digitalSignature)
                            .addExtendedKeyUsage(extendedKeyUsage)
                            .notBefore(FROM)
                            .notAfter(TO))
                    .buildIssuedBy(root));
    return new TlsMaterial(
        CertificateRole.RECEIPTS,
        root(),
        List.of(issued.getCertificate()),
        issued.getKeyPair().getPrivate());
  }

  private interface Build {
    X509Bundle bundle() throws Exception;
  }

  private static X509Bundle made(Build build) {
    try {
      return build.bundle();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
