package io.tributary.certs;

import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes keys and certificates in memory; {@link CertificateAuthority} decides where they go.
 *
 * <p>Flags follow RFC 5280: basic constraints and key usage are critical, key identifiers are not,
 * and subject alternative names are not because no subject is empty. The extended key usage is
 * critical on the receipt signer only, whose private purpose nobody else may overlook.
 */
final class CertificateIssuer {
  private static final int SERIAL_BITS = 128;
  private static final int ROOT_LABEL_BYTES = 4;

  private final SecureRandom random;
  private final Clock clock;
  private final Validity validity;

  CertificateIssuer(SecureRandom random, Clock clock, Validity validity) {
    this.random = random;
    this.clock = clock;
    this.validity = validity;
  }

  /** A certificate and its key. */
  record Issued(X509Certificate certificate, PrivateKey key) {}

  /** Makes a root: P-384, signs certificates and revocation lists, and end entities only. */
  Issued root() {
    return checked(
        () -> {
          KeyPair pair = ellipticCurve("secp384r1");
          // The label tells two roots apart in messages: two names alike would hide a mix-up.
          byte[] label = new byte[ROOT_LABEL_BYTES];
          random.nextBytes(label);
          X500Name name = name("Tributary root " + HexFormat.of().formatHex(label));
          X509v3CertificateBuilder builder = builder(name, name, pair, validity.root(), null);
          JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
          builder
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  identifiers.createSubjectKeyIdentifier(pair.getPublic()))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  identifiers.createAuthorityKeyIdentifier(pair.getPublic()));
          return new Issued(sign(builder, pair.getPrivate()), pair.getPrivate());
        });
  }

  Issued coordinator(Issued root, HostNames hosts) {
    return checked(
        () ->
            endEntity(
                root,
                ellipticCurve("secp256r1"),
                "Tributary coordinator",
                CertificateRole.COORDINATOR,
                hosts.subjectAlternativeNames()));
  }

  Issued site(Issued root, SiteName site) {
    GeneralName uri = new GeneralName(GeneralName.uniformResourceIdentifier, site.uri().toString());
    return checked(
        () ->
            endEntity(
                root,
                ellipticCurve("secp256r1"),
                site.value(),
                CertificateRole.SITE,
                new GeneralNames(uri)));
  }

  /** Makes the receipt signer's certificate: Ed25519, and of no use in TLS. */
  Issued receipts(Issued root) {
    return checked(
        () ->
            endEntity(
                root,
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                "Tributary receipts",
                CertificateRole.RECEIPTS,
                null));
  }

  private Issued endEntity(
      Issued root, KeyPair pair, String commonName, CertificateRole role, GeneralNames names)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    X500Name issuer =
        X500Name.getInstance(root.certificate().getSubjectX500Principal().getEncoded());
    X509v3CertificateBuilder builder =
        builder(
            issuer,
            name(commonName),
            pair,
            validity.leaf(),
            root.certificate().getNotAfter().toInstant());
    JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
    KeyPurposeId purpose =
        KeyPurposeId.getInstance(new ASN1ObjectIdentifier(role.extendedKeyUsage()));
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.extendedKeyUsage,
            role == CertificateRole.RECEIPTS,
            new ExtendedKeyUsage(purpose))
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            identifiers.createSubjectKeyIdentifier(pair.getPublic()))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            // The identifier alone: with issuer and serial too, a renewed root would not fit.
            identifiers.createAuthorityKeyIdentifier(root.certificate().getPublicKey()));
    if (names != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, names);
    }
    return new Issued(sign(builder, root.key()), pair.getPrivate());
  }

  private X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, KeyPair pair, Duration life, Instant noLaterThan) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS); // all that X.509 can say
    Instant end = now.plus(life);
    if (noLaterThan != null && end.isAfter(noLaterThan)) {
      end = noLaterThan; // a leaf that outlives its root would only seem valid
    }
    return new JcaX509v3CertificateBuilder(
        issuer,
        serial(),
        Date.from(now.minus(Validity.CLOCK_SKEW)),
        Date.from(end),
        subject,
        pair.getPublic());
  }

  /** 128 random bits, positive and never zero, in at most 17 of the 20 octets allowed. */
  private BigInteger serial() {
    return new BigInteger(SERIAL_BITS, random).max(BigInteger.ONE);
  }

  private X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA384withECDSA").build(key)));
  }

  private KeyPair ellipticCurve(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve), random);
    return generator.generateKeyPair();
  }

  private static X500Name name(String commonName) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, "Tributary")
        .addRDN(BCStyle.CN, commonName)
        .build();
  }

  private interface Making {
    Issued make() throws GeneralSecurityException, IOException, OperatorCreationException;
  }

  /** Every algorithm used is in every Java 17, so a failure is no fault of the user's. */
  private static Issued checked(Making making) {
    try {
      return making.make();
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("this Java cannot make the certificate", e);
    }
  }
}
