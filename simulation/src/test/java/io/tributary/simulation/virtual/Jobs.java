package io.tributary.simulation.virtual;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import java.nio.charset.StandardCharsets;

/** Jobs for tests. */
final class Jobs {
  private Jobs() {}

  /** A model of a few thousand parameters that learns for an instant. */
  static JobSpec tiny(int cohort, int quorum) {
    String json =
        """
        {"name": "tiny", "seed": 5, "rounds": 2,
         "model": {"width": 16, "layers": 1, "heads": 2, "feed-forward-width": 32, "context-length": 32},
         "local": {"learning-rate": 0.01, "batch-size": 8, "epochs": 1},
         "round": {"cohort": %d, "quorum": %d}}
        """
            .formatted(cohort, quorum);
    return ConfigReader.readJson(json.getBytes(StandardCharsets.UTF_8), JobSpec.class, "the job");
  }

  static JobSpec withAttempts(JobSpec job, int attempts) {
    RoundRules rules = job.round();
    return job.with(
        job.seed(),
        job.rounds(),
        new RoundRules(
            rules.cohort(),
            rules.overSelection(),
            rules.quorum(),
            rules.deadlineMillis(),
            rules.rejoinGraceMillis(),
            rules.evaluationDeadlineMillis(),
            rules.startWaitMillis(),
            attempts));
  }

  static JobSpec withOverSelection(JobSpec job, double factor) {
    RoundRules rules = job.round();
    return job.with(
        job.seed(),
        job.rounds(),
        new RoundRules(
            rules.cohort(),
            factor,
            rules.quorum(),
            rules.deadlineMillis(),
            rules.rejoinGraceMillis(),
            rules.evaluationDeadlineMillis(),
            rules.startWaitMillis(),
            rules.maxAttempts()));
  }
}
