package io.tributary.common.tls;

import java.security.cert.CertificateException;

/**
 * Why a peer's certificate is not good enough, in words that follow "its certificate". It is a
 * {@link CertificateException} so that TLS providers turn it into an alert.
 */
public final class PeerRefusedException extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** The kinds of refusal, with the X.509 verification code that BoringSSL makes its alert from. */
  public enum Reason {
    /** There is no certificate. */
    MISSING(50),
    /** Another root signed it, or it signed itself. */
    OTHER_AUTHORITY(20),
    /** It was valid once. */
    EXPIRED(10),
    /** It will be valid, or a clock is wrong. */
    NOT_YET_VALID(9),
    /** It is for another use, or names no site. */
    WRONG_ROLE(26),
    /** It is a coordinator's, but not for the host that was dialed. */
    OTHER_HOST(28),
    /** Anything else that the path validator found. */
    INVALID(28);

    private final int verificationCode;

    Reason(int verificationCode) {
      this.verificationCode = verificationCode;
    }

    int verificationCode() {
      return verificationCode;
    }
  }

  private final Reason reason;

  /**
   * Makes a refusal.
   *
   * @param predicate what is wrong, to be read after "its certificate"
   */
  PeerRefusedException(Reason reason, String predicate) {
    this(reason, predicate, null);
  }

  PeerRefusedException(Reason reason, String predicate, Throwable cause) {
    super(predicate, cause);
    this.reason = reason;
  }

  /** Returns the kind of refusal. */
  public Reason reason() {
    return reason;
  }
}
