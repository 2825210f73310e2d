package io.tributary.common.tls;

import io.tributary.common.tls.PeerRefusedException.Reason;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a certificate of a federation is for. Each has exactly one extended key usage, so that no
 * certificate can do another's work.
 */
public enum CertificateRole {
  /** Serves TLS; what sites verify. */
  COORDINATOR("coordinator", "1.3.6.1.5.5.7.3.1"),
  /** Dials out as a TLS client; what the coordinator verifies. */
  SITE("site", "1.3.6.1.5.5.7.3.2"),
  /**
   * Signs receipts and never speaks TLS. A certificate without any extended key usage is good for
   * everything, TLS too, so this one carries an identifier of our own, under the arc that X.667
   * gives to UUIDs (6af68e5c-9a86-4312-af32-e6a359e7c8c8).
   */
  RECEIPTS("receipt signer", "2.25.142178360019378324289476962383194212552");

  private final String title;
  private final String extendedKeyUsage;

  CertificateRole(String title, String extendedKeyUsage) {
    this.title = title;
    this.extendedKeyUsage = extendedKeyUsage;
  }

  /** Returns the role in words, for messages. */
  public String title() {
    return title;
  }

  /** Returns the dotted object identifier that the certificate carries, alone. */
  public String extendedKeyUsage() {
    return extendedKeyUsage;
  }

  /**
   * Checks that a certificate is an end entity's of this role and of no other; dates and issuer are
   * the caller's.
   *
   * @throws PeerRefusedException with a reason in words
   */
  public void require(X509Certificate certificate) throws PeerRefusedException {
    if (certificate.getBasicConstraints() != -1) {
      throw new PeerRefusedException(
          Reason.WRONG_ROLE, "is a certificate authority's, where a " + title + "'s is needed");
    }
    List<String> usages;
    try {
      usages = certificate.getExtendedKeyUsage();
    } catch (CertificateParsingException e) {
      throw new PeerRefusedException(
          Reason.WRONG_ROLE, "has an extended key usage that cannot be read", e);
    }
    if (usages == null || !usages.equals(List.of(extendedKeyUsage))) {
      throw new PeerRefusedException(
          Reason.WRONG_ROLE, "is " + owner(usages) + ", where a " + title + "'s is needed");
    }
    boolean[] keyUsage = certificate.getKeyUsage();
    if (keyUsage != null && !keyUsage[0]) { // bit 0: digitalSignature, which is all TLS 1.3 needs
      throw new PeerRefusedException(Reason.WRONG_ROLE, "does not allow digital signatures");
    }
  }

  private static String owner(List<String> usages) {
    for (CertificateRole role : values()) {
      if (usages != null && usages.equals(List.of(role.extendedKeyUsage))) {
        return "a " + role.title + "'s";
      }
    }
    return usages == null ? "for any use" : "for another use";
  }
}
