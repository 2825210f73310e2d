package io.tributary.simulation.virtual;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import java.util.Locale;

/**
 * Fits a job to the number of virtual sites and their dropout.
 *
 * <p>The cohort is what is stated, or else the job's, at most the number of sites. The quorum is
 * what is stated, or else the job's share of the cohort; with dropout, at most half of the updates
 * that are expected, so that a round closes instead of asking again and again.
 */
public final class SimulationRules {
  /** A job that would rather fail than not is refused before it starts. */
  private static final double LEAST_CHANCE = 0.5;

  private SimulationRules() {}

  /**
   * The job as it is simulated.
   *
   * @param seed, rounds, cohort and quorum: null for the job's own
   * @throws UserErrorException of kind USAGE if the numbers do not go together
   */
  public static JobSpec fit(
      JobSpec job,
      int sites,
      double dropout,
      Long seed,
      Integer rounds,
      Integer cohort,
      Integer quorum) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw usage("--dropout is " + dropout + " but must be at least 0 and below 1");
    }
    if (sites < 1 || sites > Partition.MAX_SITES) {
      throw usage("--sites is " + sites + " but must be 1 to " + Partition.MAX_SITES);
    }
    if (cohort != null && (cohort < 1 || cohort > sites)) {
      throw usage(
          "--cohort is " + cohort + " but must be 1 to the number of sites, which is " + sites);
    }
    RoundRules rules = job.round();
    int wanted = cohort != null ? cohort : Math.min(rules.cohort(), sites);
    if (quorum != null && (quorum < 1 || quorum > wanted)) {
      throw usage("--quorum is " + quorum + " but must be 1 to the cohort, which is " + wanted);
    }
    int asked = Math.min(rules.withCohort(wanted, 1).selectedSites(), sites);
    int least = quorum != null ? quorum : standardQuorum(rules, wanted, asked, dropout);
    JobSpec fitted;
    try {
      fitted =
          job.with(
              seed == null ? job.seed() : seed,
              rounds == null ? job.rounds() : rounds,
              rules.withCohort(wanted, least));
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(Kind.USAGE, e.getMessage(), e);
    }
    requireReachable(fitted, asked, dropout);
    return fitted;
  }

  private static int standardQuorum(RoundRules rules, int cohort, int asked, double dropout) {
    int scaled = (int) Math.ceil((double) rules.quorum() * cohort / rules.cohort());
    if (dropout == 0) {
      return scaled;
    }
    int half = (int) Math.floor(asked * (1 - dropout) / 2);
    return Math.max(1, Math.min(scaled, half));
  }

  private static void requireReachable(JobSpec job, int asked, double dropout) {
    int quorum = job.round().quorum();
    double chance = chanceToComplete(job, asked, quorum, dropout);
    if (chance >= LEAST_CHANCE) {
      return;
    }
    int reachable = quorum;
    while (reachable > 1 && chanceToComplete(job, asked, reachable, dropout) < LEAST_CHANCE) {
      reachable--;
    }
    boolean any = chanceToComplete(job, asked, reachable, dropout) >= LEAST_CHANCE;
    throw usage(
        String.format(
            Locale.ROOT,
            "--dropout is %s and the quorum is %d of %d sites asked, so that all %d rounds would"
                + " reach it with a chance of only %.0f %% (%d attempts a round): %s",
            dropout,
            quorum,
            asked,
            job.rounds(),
            100 * chance,
            job.round().maxAttempts(),
            any
                ? "state --quorum " + reachable + " or less, or lower --dropout"
                : "lower --dropout, ask more sites by --cohort, or raise round.max-attempts"));
  }

  /**
   * The chance that every round meets its quorum. An update stays for the next attempt, which asks
   * for the lacking ones again, so that one of the {@code asked} is there unless it dropped out in
   * every attempt.
   */
  static double chanceToComplete(JobSpec job, int asked, int quorum, double dropout) {
    double lost = StrictMath.pow(dropout, job.round().maxAttempts());
    double round = 1 - binomialBelow(asked, 1 - lost, quorum);
    return StrictMath.pow(Math.max(0, round), job.rounds());
  }

  /** The chance of fewer than {@code bound} successes in {@code trials}. */
  private static double binomialBelow(int trials, double success, int bound) {
    if (success >= 1) {
      return trials < bound ? 1 : 0;
    }
    double logOdds = StrictMath.log(success) - StrictMath.log(1 - success);
    double logTerm = trials * StrictMath.log(1 - success); // of no success
    double sum = 0;
    for (int k = 0; k < Math.min(bound, trials + 1); k++) {
      sum += StrictMath.exp(logTerm);
      logTerm += StrictMath.log((double) (trials - k) / (k + 1)) + logOdds;
    }
    return Math.min(1, sum);
  }

  private static UserErrorException usage(String message) {
    return new UserErrorException(Kind.USAGE, message);
  }
}
