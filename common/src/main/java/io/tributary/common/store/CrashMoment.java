package io.tributary.common.store;

/**
 * The instants at which a crash would hurt most: between two steps that only together make sense.
 * Each is passed to the process's {@link CrashPoint}; the crash campaign kills a process at every
 * one of them.
 */
public enum CrashMoment {
  // The coordinator's.
  /** A job's row is durable; whoever submitted it has not heard. */
  RUN_SUBMITTED,
  /** The initial weights are durable under their digest; the ledger does not know them. */
  INITIAL_MODEL_SEALED,
  /** The ledger names the initial weights; {@code model.json} does not exist. */
  INITIAL_MODEL_PUBLISHED,
  /** The selection is durable; nobody has been offered anything. */
  ATTEMPT_OPENED,
  /** Every selected site was sent its task. */
  TASKS_OFFERED,
  /** A chunk of an update is in its spool, not forced. */
  CHUNK_SPOOLED,
  /** An update passed every check; its spool is not forced. */
  UPDATE_CHECKED,
  /** An update's spool is forced; the ledger has no row of it. */
  SPOOL_FORCED,
  /** An update's row and receipt are durable; its site has not heard. */
  UPLOAD_COMMITTED,
  /** A receipt was handed to the connection. */
  RECEIPT_SENT,
  /** It is durable which updates will be folded; nothing is folded. */
  ATTEMPT_CLOSED,
  /** The new weights are in an unsealed file. */
  UPDATES_FOLDED,
  /** The new weights are durable under their digest; the old model is the head. */
  MODEL_SEALED,
  /** The publication is durable in the ledger; {@code model.json} still names the old model. */
  ROUND_PUBLISHED,
  /** {@code model.json} names the new model; the round's spools are still there. */
  HEAD_DESCRIBED,
  /** The round's spools and key are erased; the round is not evaluated. */
  SPOOLS_ERASED,
  /** The round's record is durable. */
  ROUND_RECORDED,
  /** An aborted attempt is durable; its sites have not heard. */
  ATTEMPT_ABORTED,
  /** The run's end is durable; no site has heard. */
  RUN_ENDED,

  // A site's.
  /** The model is there whole; training has not begun. */
  MODEL_RECEIVED,
  /** Training is done; the update is in memory only. */
  UPDATE_TRAINED,
  /** The update and its outbox entry are durable; nothing has left. */
  OUTBOX_WRITTEN,
  /** The upload was offered. */
  UPLOAD_OFFERED,
  /** Every chunk was handed to the connection; the commit was not. */
  UPLOAD_SENT,
  /** The receipt has come; it is not stored. */
  RECEIPT_RECEIVED,
  /** The receipt is durable; the outbox still holds the update. */
  RECEIPT_STORED,
  /** The outbox is empty again. */
  OUTBOX_ERASED
}
