package io.tributary.coordinator.ledger;

/** Where a run stands in the coordinator's life. */
public enum RunState {
  /** Submitted; waits for its turn. */
  QUEUED,
  /** Runs, or ran when the coordinator stopped: it goes on at the next start. */
  RUNNING,
  /** Held back by its operator until resumed. */
  PAUSED,
  /** All rounds are committed. */
  COMPLETED,
  /** A round failed for good. */
  FAILED,
  /** Ended by its operator. */
  STOPPED;

  /** Whether nothing can happen to it any more. */
  public boolean isEnded() {
    return this == COMPLETED || this == FAILED || this == STOPPED;
  }
}
