package io.tributary.coordinator.ledger;

/**
 * The ledger cannot be read or written. Of the failed operation it holds nothing or, when the disk
 * failed in the instant of the commit, all; nothing else is lost. The process stops, and goes on
 * from the ledger when the cause is mended. The message says what is safe to do.
 */
public final class LedgerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed. */
  public LedgerException(String message) {
    super(message);
  }

  /** Says what failed, with the cause. */
  public LedgerException(String message, Throwable cause) {
    super(message, cause);
  }
}
