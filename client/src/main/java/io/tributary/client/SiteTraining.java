package io.tributary.client;

import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.SiteSteps;

/**
 * What a site chooses of its own training, within what a job leaves to it; part of {@link
 * SiteConfig}.
 *
 * @param steps optimizer steps a round, at least 1; default: as many as the job says
 */
public record SiteTraining(Integer steps) {
  /** Everything as the job says. */
  public static final SiteTraining AS_THE_JOB_SAYS = new SiteTraining(null);

  /** Checks the number. */
  public SiteTraining {
    if (steps != null && (steps < 1 || steps > LocalTraining.MAX_STEPS)) {
      throw new IllegalArgumentException(
          "training.steps is " + steps + " but must be 1 to " + LocalTraining.MAX_STEPS);
    }
  }

  /**
   * The job as this site trains it.
   *
   * @throws TaskRefusedException if the job does not leave the choice to the site, or not this one
   */
  JobSpec chosen(JobSpec job) {
    if (steps == null) {
      return job;
    }
    SiteSteps range = job.local().siteSteps();
    if (range == null) {
      throw new TaskRefusedException(
          "this site's training.steps is "
              + steps
              + " but the job has no local.site-steps: the site must remove training.steps, or the"
              + " job must state the range within which sites may choose");
    }
    if (steps < range.least() || steps > range.most()) {
      throw new TaskRefusedException(
          "this site's training.steps is "
              + steps
              + " but the job's local.site-steps are "
              + range.least()
              + " to "
              + range.most()
              + ": the site must choose a number within them, or the job must widen them");
    }
    return job.withLocal(job.local().withSteps(steps));
  }

  /** Who says how many steps a task has, for people. */
  String stepsOrigin(JobSpec job) {
    SiteSteps range = job.local().siteSteps();
    if (range == null) {
      return "the job";
    }
    return (steps == null
            ? "the job; training.steps of this site could say "
            : "training.steps of this site, within ")
        + range.least()
        + " to "
        + range.most();
  }
}
