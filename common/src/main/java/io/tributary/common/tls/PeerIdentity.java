package io.tributary.common.tls;

import io.tributary.common.tls.PeerRefusedException.Reason;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Who is at the other end of a connection, as its verified certificate says.
 *
 * <p>TLS proves possession of a key that our authority certified; this says for what. It is asked
 * twice, inside the handshake (so that the peer gets an alert) and after it by {@link PeerGate} (so
 * that a resumed session or a lax provider lets nobody in).
 */
public sealed interface PeerIdentity {
  /** Returns the certificate that proved it. */
  X509Certificate certificate();

  /**
   * A site, named by the only subject alternative name of its certificate.
   *
   * @param name the name in {@code tributary://site/NAME}
   * @param certificate what proved it
   */
  record Site(SiteName name, X509Certificate certificate) implements PeerIdentity {}

  /**
   * The coordinator; which host it is has been checked by TLS.
   *
   * @param certificate what proved it
   */
  record Coordinator(X509Certificate certificate) implements PeerIdentity {}

  /**
   * Reads the peer of a finished handshake.
   *
   * @param expected COORDINATOR at a site, SITE at the coordinator
   * @throws PeerRefusedException when there is no certificate, it is out of date, or it is not of
   *     exactly that role
   */
  static PeerIdentity of(SSLSession session, CertificateRole expected, Clock clock)
      throws PeerRefusedException {
    Certificate[] chain;
    try {
      chain = session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      throw new PeerRefusedException(Reason.MISSING, "is missing", e);
    }
    if (chain.length == 0 || !(chain[0] instanceof X509Certificate certificate)) {
      throw new PeerRefusedException(Reason.MISSING, "is missing");
    }
    requireInDate(certificate, clock.instant());
    return of(certificate, expected);
  }

  /** Checks role and names only; dates and issuer are the caller's. */
  static PeerIdentity of(X509Certificate certificate, CertificateRole expected)
      throws PeerRefusedException {
    expected.require(certificate);
    return switch (expected) {
      case SITE -> new Site(siteName(certificate), certificate);
      case COORDINATOR -> new Coordinator(certificate);
      case RECEIPTS ->
          throw new PeerRefusedException(
              Reason.WRONG_ROLE, "is a receipt signer's, which speaks no TLS");
    };
  }

  /** Checks the validity period against an instant. */
  static void requireInDate(X509Certificate certificate, Instant now) throws PeerRefusedException {
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      throw new PeerRefusedException(
          Reason.EXPIRED, "expired at " + certificate.getNotAfter().toInstant());
    }
    if (now.isBefore(certificate.getNotBefore().toInstant())) {
      throw new PeerRefusedException(
          Reason.NOT_YET_VALID, "is not valid before " + certificate.getNotBefore().toInstant());
    }
  }

  private static SiteName siteName(X509Certificate certificate) throws PeerRefusedException {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      throw new PeerRefusedException(Reason.WRONG_ROLE, "has names that cannot be read", e);
    }
    // A second name of any kind would make the identity a matter of who reads it.
    if (names != null && names.size() == 1) {
      List<?> name = names.iterator().next();
      boolean isUri = Integer.valueOf(6).equals(name.get(0)); // RFC 5280: [6] is a URI
      if (isUri && name.get(1) instanceof String uri && SiteName.fromUri(uri).isPresent()) {
        return SiteName.fromUri(uri).orElseThrow();
      }
    }
    throw new PeerRefusedException(
        Reason.WRONG_ROLE, "names no site (exactly one URI tributary://site/NAME)");
  }
}
