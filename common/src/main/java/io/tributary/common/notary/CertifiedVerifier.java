package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.PeerRefusedException;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.EdECPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * Believes what a receipt signer of one federation signed while its certificate was in date: by the
 * statement's own time, so that a receipt proves as much in ten years as today. No clock is asked.
 *
 * <p>The signature is checked before the body is read. The JDK's PKIX decides over the certificate;
 * only after a refusal is the plainest reason looked for, so wording can never let anything pass.
 */
public final class CertifiedVerifier implements StatementVerifier {
  /** Largest certificate; ours have about 600 bytes. */
  public static final int MAX_CERTIFICATE_BYTES = 8 * 1024;

  private final X509Certificate root;

  /** The certificate of the last statement, parsed: in a log they are all the same. */
  private volatile Parsed last = new Parsed(ByteString.EMPTY, null);

  private record Parsed(ByteString bytes, X509Certificate certificate) {}

  /**
   * Trusts one root.
   *
   * @param root the federation's, from a place that the statements did not come from
   */
  public CertifiedVerifier(X509Certificate root) {
    this.root = root;
  }

  @Override
  public Receipt receipt(SignedStatement statement) throws StatementException {
    X509Certificate certificate = signedBy(statement, Ed25519Notary.RECEIPT_DOMAIN);
    Receipt receipt = StatementBodies.receipt(statement.getBody());
    requireTrusted(certificate, receipt.committedAt());
    return receipt;
  }

  @Override
  public LogEntry entry(SignedStatement statement) throws StatementException {
    X509Certificate certificate = signedBy(statement, Ed25519Notary.ENTRY_DOMAIN);
    LogEntry entry = StatementBodies.entry(statement.getBody());
    requireTrusted(certificate, entry.publishedAt());
    return entry;
  }

  /** Returns the certificate whose key made the signature; nothing else is known of it yet. */
  private X509Certificate signedBy(SignedStatement statement, ByteString domain)
      throws StatementException {
    ByteString signature = statement.getSignature();
    if (signature.size() != Ed25519Notary.SIGNATURE_BYTES) {
      throw new StatementException(
          "the signature has "
              + signature.size()
              + " bytes, not "
              + Ed25519Notary.SIGNATURE_BYTES
              + ": this is no signed statement, or it was cut");
    }
    int size = statement.getBody().size();
    if (size == 0 || size > StatementBodies.MAX_BODY_BYTES) {
      throw new StatementException(
          "the body has " + size + " bytes, not 1 to " + StatementBodies.MAX_BODY_BYTES);
    }
    X509Certificate certificate = certificate(statement.getCertificate());
    if (!Ed25519Notary.ALGORITHM.equals(algorithm(certificate))) {
      throw new StatementException(
          "the signer's certificate has no " + Ed25519Notary.ALGORITHM + " key");
    }
    if (!holds(certificate.getPublicKey(), domain, statement)) {
      throw new StatementException(
          "the signature does not hold: the statement was changed after it was signed, or is of"
              + " another kind");
    }
    return certificate;
  }

  private static boolean holds(PublicKey key, ByteString domain, SignedStatement statement) {
    try {
      Signature verifier = Signature.getInstance(Ed25519Notary.ALGORITHM);
      verifier.initVerify(key);
      verifier.update(domain.toByteArray());
      verifier.update(statement.getBody().toByteArray());
      return verifier.verify(statement.getSignature().toByteArray());
    } catch (GeneralSecurityException e) {
      return false; // a key or signature outside its range is no better than a wrong one
    }
  }

  private X509Certificate certificate(ByteString bytes) throws StatementException {
    Parsed known = last;
    if (known.bytes().equals(bytes) && known.certificate() != null) {
      return known.certificate();
    }
    if (bytes.isEmpty() || bytes.size() > MAX_CERTIFICATE_BYTES) {
      throw new StatementException(
          "the signer's certificate has "
              + bytes.size()
              + " bytes, not 1 to "
              + MAX_CERTIFICATE_BYTES);
    }
    try {
      byte[] der = bytes.toByteArray();
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new StatementException("the signer's certificate is followed by other bytes");
      }
      if (!endsInWholeBytes(der, certificate.getSignature())) {
        throw new StatementException("the signer's certificate is not in its one encoding");
      }
      last = new Parsed(bytes, certificate);
      return certificate;
    } catch (CertificateException | RuntimeException e) { // the parser's, on hostile bytes
      throw new StatementException("the signer's certificate cannot be read", e);
    }
  }

  /**
   * Whether the signature is all of the last BIT STRING. The parser would also take one that calls
   * its last bits unused where these are zero: the same certificate in other bytes.
   */
  private static boolean endsInWholeBytes(byte[] der, byte[] signature) {
    int unusedBits = der.length - signature.length - 1;
    return unusedBits >= 0
        && der[unusedBits] == 0
        && Arrays.equals(der, unusedBits + 1, der.length, signature, 0, signature.length);
  }

  private void requireTrusted(X509Certificate certificate, Instant time) throws StatementException {
    try {
      validate(certificate, time);
    } catch (GeneralSecurityException refusal) {
      throw new StatementException(
          "the signer's certificate " + reason(certificate, time), refusal);
    }
    try {
      CertificateRole.RECEIPTS.require(certificate);
    } catch (PeerRefusedException e) {
      throw new StatementException("the signer's certificate " + e.getMessage(), e);
    }
  }

  private void validate(X509Certificate certificate, Instant time) throws GeneralSecurityException {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(time));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
            parameters);
  }

  private String reason(X509Certificate certificate, Instant time) {
    try {
      certificate.verify(root.getPublicKey());
    } catch (GeneralSecurityException e) {
      return "was issued by another authority than the one in ca.pem: this is another federation's"
          + " statement, or ca.pem is another's";
    }
    try {
      PeerIdentity.requireInDate(certificate, time);
      CertificateRole.RECEIPTS.require(certificate);
    } catch (PeerRefusedException e) {
      return e.getMessage() + ", and the statement is of " + time;
    }
    return "is not valid under the root in ca.pem";
  }

  /** The JDK calls both Edwards curves EdDSA; their parameters tell them apart. */
  static String algorithm(X509Certificate certificate) {
    return certificate.getPublicKey() instanceof EdECPublicKey key
        ? key.getParams().getName()
        : certificate.getPublicKey().getAlgorithm();
  }
}
