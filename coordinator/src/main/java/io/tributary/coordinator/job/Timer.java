package io.tributary.coordinator.job;

/** The job's only clock, so that a test can be the clock. */
public interface Timer {
  /** Monotonic milliseconds. */
  long nowMillis();

  /**
   * Runs a task on the owner's thread at a time.
   *
   * @return cancels it
   */
  Runnable schedule(long atMillis, Runnable task);
}
