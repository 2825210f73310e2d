package io.tributary.client;

import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether this site takes a task on, before anything of it is stored or computed; used by
 * {@link TaskDesk}. A coordinator may be careless or hostile: everything it offers is checked.
 */
final class TaskAdmission {
  private static final Logger LOG = LoggerFactory.getLogger(TaskAdmission.class);

  /** What a run's id has after the job's name. */
  private static final Pattern RUN_SUFFIX = Pattern.compile("\\.[0-9a-f]{8}");

  private final SitePolicy policy;
  private final SiteTraining training;
  private final WireLimits limits;
  private final LocalTrainer trainer;
  private final SiteLog log;

  TaskAdmission(
      SitePolicy policy,
      SiteTraining training,
      WireLimits limits,
      LocalTrainer trainer,
      SiteLog log) {
    this.policy = policy;
    this.training = training;
    this.limits = limits;
    this.trainer = trainer;
    this.log = log;
  }

  /**
   * Takes a task on.
   *
   * @param jobJson as it was offered
   * @throws TaskRefusedException if this site will not do it, with a reason for the coordinator
   */
  TaskOrder admit(TaskId id, byte[] jobJson, Manifest model) {
    try {
      return order(id, jobJson, model);
    } catch (IllegalArgumentException | ArithmeticException e) {
      // A model whose sizes pass one by one but not together; the words are about the job alone,
      // for what knows of this site's data throws within planOf.
      throw new TaskRefusedException("the job does not hold together: " + e.getMessage(), e);
    }
  }

  private TaskOrder order(TaskId id, byte[] jobJson, Manifest model) {
    JobSpec job;
    try {
      job = JobSpec.fromJson(jobJson);
    } catch (UserErrorException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    }
    requireOfRun(job, id);
    if (log.hasForked(id.runId())) {
      throw new TaskRefusedException(
          "the coordinator has signed two histories of this run: see this site's log");
    }
    int firstRound = id.kind() == TaskId.Kind.TRAIN ? 1 : 0;
    if (id.round() < firstRound || id.round() > job.rounds()) {
      throw new TaskRefusedException(
          "round is " + id.round() + " but the job has rounds 1 to " + job.rounds());
    }
    policy.objectionToModel(job).ifPresent(TaskAdmission::refuseFor);
    long expected = SitePolicy.modelBytes(job);
    if (model.totalBytes() != expected) {
      throw new TaskRefusedException(
          "the offered model has "
              + model.totalBytes()
              + " bytes but the job's layout has "
              + expected);
    }
    // Judging a model is the same for every choice.
    JobSpec here = id.kind() == TaskId.Kind.TRAIN ? training.chosen(job) : job;
    LocalPlan plan = planOf(here);
    if (id.kind() == TaskId.Kind.TRAIN) {
      policy.objectionToWork(plan).ifPresent(TaskAdmission::refuseFor);
    }
    try {
      UpdateTerms terms = new UpdateTerms(here, plan, limits);
      return new TaskOrder(id, here, Digest.sha256(jobJson), model, plan, terms);
    } catch (UserErrorException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    }
  }

  /** A run is named after its job, with eight hexadecimal digits that tell runs of it apart. */
  private static void requireOfRun(JobSpec job, TaskId id) {
    String run = id.runId();
    int end = job.name().length();
    if (!run.startsWith(job.name()) || !RUN_SUFFIX.matcher(run.substring(end)).matches()) {
      throw new TaskRefusedException(
          "the task is of run "
              + run
              + " but the job is named "
              + job.name()
              + ": a run's id is its job's name, a dot and 8 hexadecimal digits");
    }
  }

  private LocalPlan planOf(JobSpec job) {
    try {
      return trainer.plan(job);
    } catch (TaskRefusedException e) {
      throw e;
    } catch (RuntimeException e) {
      // Its message may tell of this site's data: it goes to this site's log only.
      LOG.error("run={} cannot be planned on this site's data", job.name(), e);
      throw new TaskRefusedException("this site's trainer cannot plan the job", e);
    }
  }

  private static void refuseFor(String reason) {
    throw new TaskRefusedException(reason);
  }
}
