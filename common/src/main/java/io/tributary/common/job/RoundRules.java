package io.tributary.common.job;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Who takes part in a round and how long it waits. Every wait here ends.
 *
 * @param cohort updates wanted a round
 * @param overSelection factor by which more sites are asked than wanted; default 1
 * @param quorum updates that must be there for a round to count; default: the cohort
 * @param deadlineMillis of the training phase; default 10 minutes
 * @param rejoinGraceMillis how long a selected site may be away before the round stops waiting for
 *     it; default 30 seconds
 * @param evaluationDeadlineMillis of the evaluation phase; default 2 minutes
 * @param startWaitMillis how long a round waits for enough sites before the job fails; default 10
 *     minutes
 * @param maxAttempts attempts at one round before the job fails; default 3
 */
public record RoundRules(
    Integer cohort,
    Double overSelection,
    Integer quorum,
    Long deadlineMillis,
    Long rejoinGraceMillis,
    Long evaluationDeadlineMillis,
    Long startWaitMillis,
    Integer maxAttempts) {

  /** Most sites in one cohort. */
  public static final int MAX_COHORT = 1_000_000;

  /** Longest wait of any kind: thirty days. */
  public static final long MAX_WAIT_MILLIS = 30L * 24 * 60 * 60 * 1000;

  /** Fills defaults and checks every value and the values together. */
  public RoundRules {
    Checks.required("round.cohort", cohort);
    Checks.range("round.cohort", cohort, 1, MAX_COHORT);
    overSelection = overSelection == null ? 1.0 : overSelection;
    Checks.range("round.over-selection", overSelection, 1, 10);
    quorum = quorum == null ? cohort : quorum;
    if (quorum > cohort) {
      throw new IllegalArgumentException(
          "round.quorum is "
              + quorum
              + " but round.cohort is "
              + cohort
              + ": lower round.quorum or raise round.cohort");
    }
    Checks.range("round.quorum", quorum, 1, MAX_COHORT);
    deadlineMillis = deadlineMillis == null ? 600_000L : deadlineMillis;
    Checks.range("round.deadline-millis", deadlineMillis, 1, MAX_WAIT_MILLIS);
    rejoinGraceMillis = rejoinGraceMillis == null ? 30_000L : rejoinGraceMillis;
    Checks.range("round.rejoin-grace-millis", rejoinGraceMillis, 0, MAX_WAIT_MILLIS);
    evaluationDeadlineMillis =
        evaluationDeadlineMillis == null ? 120_000L : evaluationDeadlineMillis;
    Checks.range("round.evaluation-deadline-millis", evaluationDeadlineMillis, 1, MAX_WAIT_MILLIS);
    startWaitMillis = startWaitMillis == null ? 600_000L : startWaitMillis;
    Checks.range("round.start-wait-millis", startWaitMillis, 1, MAX_WAIT_MILLIS);
    maxAttempts = maxAttempts == null ? 3 : maxAttempts;
    Checks.range("round.max-attempts", maxAttempts, 1, 1000);
  }

  /** The same waits for another cohort and quorum. */
  public RoundRules withCohort(int otherCohort, int otherQuorum) {
    return new RoundRules(
        otherCohort,
        overSelection,
        otherQuorum,
        deadlineMillis,
        rejoinGraceMillis,
        evaluationDeadlineMillis,
        startWaitMillis,
        maxAttempts);
  }

  /** How many sites are asked: ⌈cohort · overSelection⌉. */
  public int selectedSites() {
    // Exact decimal arithmetic: 10 · 1.1 is 11, not the 12 that doubles give.
    return BigDecimal.valueOf(overSelection)
        .multiply(BigDecimal.valueOf(cohort))
        .setScale(0, RoundingMode.CEILING)
        .intValueExact();
  }
}
