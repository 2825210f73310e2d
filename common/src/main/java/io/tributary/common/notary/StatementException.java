package io.tributary.common.notary;

/** A signed statement is not to be believed; the message says why, in words for people. */
public final class StatementException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says why. */
  public StatementException(String message) {
    super(message);
  }

  /** Says why, with the cause. */
  public StatementException(String message, Throwable cause) {
    super(message, cause);
  }
}
