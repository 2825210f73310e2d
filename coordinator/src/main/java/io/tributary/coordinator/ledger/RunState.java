package io.tributary.coordinator.ledger;

import java.util.Set;

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

  /** Every state. */
  public static final Set<RunState> ALL = Set.of(values());

  /** The states of runs to which nothing can happen any more. */
  public static final Set<RunState> ENDED = Set.of(COMPLETED, FAILED, STOPPED);

  /** The others. */
  public static final Set<RunState> LIVE = Set.of(QUEUED, RUNNING, PAUSED);

  /** Whether nothing can happen to it any more. */
  public boolean isEnded() {
    return ENDED.contains(this);
  }
}
