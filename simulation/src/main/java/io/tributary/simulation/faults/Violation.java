package io.tributary.simulation.faults;

/** A promise was broken. Ends a simulation; {@link #toString} says which and how. */
public final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What must hold after every event, and at the end. */
  public enum Promise {
    /** An update is in one published model at most, once. */
    FOLDED_ONCE,
    /** A receipt goes out only when its row is durable. */
    RECEIPT_HAS_ROW,
    /** A site with a receipt finds its update in the round's model, or its round failed. */
    RECEIPT_IS_KEPT,
    /** The same update gets the same receipt, byte for byte. */
    RECEIPT_IS_STABLE,
    /** The head's weights are on disk, durable, with its digest. */
    HEAD_EXISTS,
    /** A committed update is on disk, durable, with its digest, until it is folded. */
    ACCEPTED_NOT_LOST,
    /** The transparency log verifies and says what the ledger says. */
    LOG_VERIFIES,
    /** The model is the one that the folded updates make. */
    MODEL_IS_EXACT,
    /** Every round ends, and the run with them. */
    ROUND_ENDS,
    /** Sites end up with an empty outbox, their receipts and the log. */
    SITES_SETTLE,
    /** Nothing of an ended run is left in the spool. */
    SPOOL_IS_EMPTIED,
    /** Folded updates are kept for replay, if they are to be. */
    KEPT_FOR_REPLAY,
    /** Every buffer is released. */
    BUFFERS_RELEASED,
    /** A process that was killed starts again. */
    STARTS_AGAIN,
    /** Nothing throws what it should not. */
    NO_DEFECT
  }

  private final Promise promise;

  Violation(Promise promise, String message) {
    this(promise, message, null);
  }

  Violation(Promise promise, String message, Throwable cause) {
    super(promise + ": " + message, cause);
    this.promise = promise;
  }

  /** Returns which. */
  public Promise promise() {
    return promise;
  }
}
