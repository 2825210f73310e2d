package io.tributary.client.process;

/**
 * A trainer's process said or did what it must not. The message is for this site's own log; the
 * public reason holds no data and may travel.
 */
final class BrokenProtocolException extends Exception {
  private static final long serialVersionUID = 1L;

  private static final String BROKEN = "broke its protocol (the site's log says how)";

  private final String publicReason;

  BrokenProtocolException(String message) {
    this(BROKEN, message, null);
  }

  BrokenProtocolException(String message, Throwable cause) {
    this(BROKEN, message, cause);
  }

  private BrokenProtocolException(String publicReason, String message, Throwable cause) {
    super(message, cause);
    this.publicReason = publicReason;
  }

  /** It is no more, or its output is closed. */
  static BrokenProtocolException ended(String how) {
    return new BrokenProtocolException("ended by itself: " + how, "it ended by itself", null);
  }

  /** What it gave cannot be an update. */
  static BrokenProtocolException unsoundUpdate(String publicReason) {
    return new BrokenProtocolException(publicReason, "its update is not sound", null);
  }

  String publicReason() {
    return publicReason;
  }
}
