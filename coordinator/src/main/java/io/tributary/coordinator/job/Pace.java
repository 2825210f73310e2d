package io.tributary.coordinator.job;

/**
 * Waits of the coordinator that a job does not state.
 *
 * @param gatherMillis how long a round waits for all the sites it wants when a quorum is there:
 *     long enough for a connection that is being replaced, short enough not to be felt
 * @param retryPauseMillis between an aborted attempt and the next
 * @param aggregationLimitMillis longest time to fold and publish a model
 */
public record Pace(long gatherMillis, long retryPauseMillis, long aggregationLimitMillis) {
  /** A quarter of a second, a second, an hour. */
  public static final Pace DEFAULT = new Pace(250, 1_000, 3_600_000);

  /** Checks the ranges. */
  public Pace {
    if (gatherMillis < 0 || retryPauseMillis < 0 || aggregationLimitMillis < 1) {
      throw new IllegalArgumentException(
          "pace is gather "
              + gatherMillis
              + " ms, retry pause "
              + retryPauseMillis
              + " ms, aggregation limit "
              + aggregationLimitMillis
              + " ms: the first two must be at least 0, the last at least 1");
    }
  }
}
