package io.tributary.coordinator.round;

/**
 * The rules of one round, fixed when it starts.
 *
 * @param round from 1
 * @param seed seeds the selection
 * @param cohort updates that close the round at once; never more are folded
 * @param target sites asked: {@code ceil(cohort × over-selection)}
 * @param quorum fewest updates that make a model, 1 to {@code cohort}
 * @param deadlineMillis longest time to collect updates in one attempt
 * @param rejoinGraceMillis how long a disconnected site still counts as working
 * @param gatherMillis how long to wait for {@code target} sites when {@code quorum} are there
 * @param startWaitMillis how long to wait for {@code quorum} sites before the round fails
 * @param retryPauseMillis pause between an aborted attempt and the next
 * @param aggregationLimitMillis longest time to fold and publish
 * @param maxAttempts attempts before the round fails, at least 1
 */
public record RoundPlan(
    int round,
    long seed,
    int cohort,
    int target,
    int quorum,
    long deadlineMillis,
    long rejoinGraceMillis,
    long gatherMillis,
    long startWaitMillis,
    long retryPauseMillis,
    long aggregationLimitMillis,
    int maxAttempts) {

  /** Checks each rule and how they fit together. */
  public RoundPlan {
    require(round >= 1, "round", round, "at least 1");
    require(cohort >= 1, "round.cohort", cohort, "at least 1");
    require(target >= cohort, "selected sites", target, "at least round.cohort, " + cohort);
    require(
        quorum >= 1 && quorum <= cohort, "round.quorum", quorum, "1 to round.cohort, " + cohort);
    require(deadlineMillis >= 1, "round.deadline-millis", deadlineMillis, "at least 1");
    require(rejoinGraceMillis >= 0, "round.rejoin-grace-millis", rejoinGraceMillis, "at least 0");
    require(
        gatherMillis >= 0 && gatherMillis <= startWaitMillis,
        "gather time in ms",
        gatherMillis,
        "0 to the start wait, " + startWaitMillis);
    require(retryPauseMillis >= 0, "retry pause in ms", retryPauseMillis, "at least 0");
    require(
        aggregationLimitMillis >= 1,
        "aggregation limit in ms",
        aggregationLimitMillis,
        "at least 1");
    require(maxAttempts >= 1, "round.max-attempts", maxAttempts, "at least 1");
  }

  private static void require(boolean holds, String name, long value, String bound) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + ": it must be " + bound);
    }
  }
}
