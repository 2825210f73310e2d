package io.tributary.coordinator.job;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.coordinator.round.EvaluationPlan;
import io.tributary.coordinator.round.RoundPlan;

/** The rules of a job's rounds and evaluations, in the words of their machines. */
final class Plans {
  private Plans() {}

  static RoundPlan round(JobSpec job, Pace pace, int round) {
    RoundRules rules = job.round();
    return new RoundPlan(
        round,
        job.seed(),
        rules.cohort(),
        rules.selectedSites(),
        rules.quorum(),
        rules.deadlineMillis(),
        rules.rejoinGraceMillis(),
        Math.min(pace.gatherMillis(), rules.startWaitMillis()),
        rules.startWaitMillis(),
        pace.retryPauseMillis(),
        pace.aggregationLimitMillis(),
        rules.maxAttempts());
  }

  /** Of the initial weights: the job's sites are still coming. */
  static EvaluationPlan initialEvaluation(JobSpec job) {
    return evaluation(job, 0, job.round().cohort(), job.round().startWaitMillis());
  }

  /** After a round: whoever is there has just taken part. */
  static EvaluationPlan evaluation(JobSpec job, int round) {
    return evaluation(job, round, 1, job.round().rejoinGraceMillis());
  }

  /** After a restart: the round's sites are on their way back. */
  static EvaluationPlan repeatedEvaluation(JobSpec job, int round) {
    return evaluation(job, round, job.round().cohort(), job.round().rejoinGraceMillis());
  }

  private static EvaluationPlan evaluation(JobSpec job, int round, int wanted, long gatherMillis) {
    RoundRules rules = job.round();
    return new EvaluationPlan(
        round, wanted, gatherMillis, rules.evaluationDeadlineMillis(), rules.rejoinGraceMillis());
  }
}
