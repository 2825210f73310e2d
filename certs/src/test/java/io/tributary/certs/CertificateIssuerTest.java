package io.tributary.certs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.certs.CertificateIssuer.Issued;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.SiteName;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.junit.jupiter.api.Test;

/** Parses the certificates back and holds them against what the class comments promise. */
class CertificateIssuerTest {
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String SUBJECT_KEY = "2.5.29.14";
  private static final String AUTHORITY_KEY = "2.5.29.35";

  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");
  private static final Instant BEGIN = Instant.parse("2026-11-22T09:55:00Z");

  private final CertificateIssuer issuer =
      new CertificateIssuer(new SecureRandom(), Clock.fixed(NOW, ZoneOffset.UTC), Validity.DEFAULT);
  private final Issued root = issuer.root();

  @Test
  void rootSignsEndEntitiesAndNothingElse() throws Exception {
    X509Certificate certificate = root.certificate();
    assertThat(certificate.getBasicConstraints()).isZero(); // a CA with path length 0
    assertThat(usages(certificate)).containsExactly(5, 6); // keyCertSign, cRLSign
    assertThat(certificate.getExtendedKeyUsage()).isNull();
    assertThat(certificate.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(BASIC_CONSTRAINTS, KEY_USAGE);
    assertThat(certificate.getNonCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(SUBJECT_KEY, AUTHORITY_KEY);
    assertThat(curveBits(certificate)).isEqualTo(384);
    assertThat(certificate.getSigAlgName()).isEqualTo("SHA384withECDSA");
    certificate.verify(certificate.getPublicKey());
    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(BEGIN);
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo("2036-11-19T10:00:00Z");
    assertThat(certificate.getSubjectX500Principal().getName())
        .matches("CN=Tributary root [0-9a-f]{8},O=Tributary");
  }

  @Test
  void coordinatorServesTlsUnderItsNames() throws Exception {
    X509Certificate certificate =
        issuer
            .coordinator(root, new HostNames(List.of("fed.example", "10.0.0.7", "::1")))
            .certificate();
    assertEndEntity(certificate, CertificateRole.COORDINATOR);
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(curveBits(certificate)).isEqualTo(256);
    assertThat(certificate.getNonCriticalExtensionOIDs())
        .containsExactlyInAnyOrder(
            EXTENDED_KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, SUBJECT_KEY, AUTHORITY_KEY);
    assertThat(List.copyOf(certificate.getSubjectAlternativeNames()))
        .isEqualTo(
            List.of(
                List.of(2, "fed.example"), List.of(7, "10.0.0.7"), List.of(7, "0:0:0:0:0:0:0:1")));
  }

  @Test
  void siteIsNamedByOneUri() throws Exception {
    X509Certificate certificate = issuer.site(root, new SiteName("north")).certificate();
    assertEndEntity(certificate, CertificateRole.SITE);
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(curveBits(certificate)).isEqualTo(256);
    assertThat(List.copyOf(certificate.getSubjectAlternativeNames()))
        .isEqualTo(List.of(List.of(6, "tributary://site/north")));
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=north,O=Tributary");
  }

  @Test
  void receiptSignerIsOfNoUseInTls() throws Exception {
    X509Certificate certificate = issuer.receipts(root).certificate();
    assertEndEntity(certificate, CertificateRole.RECEIPTS);
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactly(CertificateRole.RECEIPTS.extendedKeyUsage())
        .allMatch(usage -> !usage.startsWith("1.3.6.1.5.5.7.3"));
    assertThat(certificate.getCriticalExtensionOIDs()).contains(EXTENDED_KEY_USAGE);
    assertThat(certificate.getPublicKey().getAlgorithm()).isIn("EdDSA", "Ed25519");
    assertThat(certificate.getSubjectAlternativeNames()).isNull();
  }

  @Test
  void serialsAreRandomPositiveAndOf128Bits() {
    Set<Object> serials = new HashSet<>();
    int longest = 0;
    for (int i = 0; i < 50; i++) {
      X509Certificate certificate = issuer.receipts(root).certificate();
      assertThat(certificate.getSerialNumber().signum()).isPositive();
      longest = Math.max(longest, certificate.getSerialNumber().bitLength());
      serials.add(certificate.getSerialNumber());
    }
    assertThat(serials).hasSize(50);
    assertThat(longest).isBetween(120, 128); // 50 draws below 2^120 happen once in 2^400
  }

  @Test
  void leavesNeverOutliveTheirRoot() {
    Clock late = Clock.fixed(NOW.plus(Duration.ofDays(3600)), ZoneOffset.UTC);
    X509Certificate certificate =
        new CertificateIssuer(new SecureRandom(), late, Validity.DEFAULT)
            .site(root, new SiteName("late"))
            .certificate();
    assertThat(certificate.getNotAfter()).isEqualTo(root.certificate().getNotAfter());
  }

  @Test
  void twoRootsHaveDifferentNames() {
    assertThat(issuer.root().certificate().getSubjectX500Principal())
        .isNotEqualTo(root.certificate().getSubjectX500Principal());
  }

  private void assertEndEntity(X509Certificate certificate, CertificateRole role) throws Exception {
    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(usages(certificate)).containsExactly(0); // digitalSignature
    assertThat(certificate.getCriticalExtensionOIDs()).contains(BASIC_CONSTRAINTS, KEY_USAGE);
    if (role != CertificateRole.RECEIPTS) {
      assertThat(certificate.getCriticalExtensionOIDs()).hasSize(2);
    }
    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(BEGIN);
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo("2027-12-24T10:00:00Z");
    assertThat(certificate.getSigAlgName()).isEqualTo("SHA384withECDSA");

    var extensions = new JcaX509CertificateHolder(certificate).getExtensions();
    var rootExtensions = new JcaX509CertificateHolder(root.certificate()).getExtensions();
    assertThat(AuthorityKeyIdentifier.fromExtensions(extensions).getKeyIdentifierOctets())
        .isEqualTo(SubjectKeyIdentifier.fromExtensions(rootExtensions).getKeyIdentifier())
        .isNotEqualTo(SubjectKeyIdentifier.fromExtensions(extensions).getKeyIdentifier());
    assertThat(extensions.getExtension(Extension.subjectKeyIdentifier).isCritical()).isFalse();

    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(root.certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    assertThat(
            CertPathValidator.getInstance("PKIX")
                .validate(
                    CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
                    parameters))
        .isNotNull();
  }

  private static List<Integer> usages(X509Certificate certificate) {
    boolean[] bits = certificate.getKeyUsage();
    return IntStream.range(0, bits.length).filter(i -> bits[i]).boxed().toList();
  }

  private static int curveBits(X509Certificate certificate) {
    return ((ECPublicKey) certificate.getPublicKey()).getParams().getOrder().bitLength();
  }
}
