package io.tributary.coordinator;

import com.google.protobuf.ByteString;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs in: decides whether one may be a run of this home, draws its run id and writes it
 * down; and finds runs by their job's name. Confined to the owner's thread.
 */
final class JobIntake {
  private static final Logger LOG = LoggerFactory.getLogger(JobIntake.class);

  private final Ledger ledger;
  private final RunQueue queue;
  private final CoordinatorCore.Options options;
  private final CoordinatorCore.Ports ports;
  private final Consumer<JobSpec> fit;

  /**
   * Makes an intake.
   *
   * @param fit throws when this machine cannot hold a job
   */
  JobIntake(
      Ledger ledger,
      RunQueue queue,
      CoordinatorCore.Options options,
      CoordinatorCore.Ports ports,
      Consumer<JobSpec> fit) {
    this.ledger = ledger;
    this.queue = queue;
    this.options = options;
    this.ports = ports;
    this.fit = fit;
  }

  /** See {@link JobDesk#submit}. */
  RunRow submit(JobSpec job) {
    queue.requireServing();
    fit.accept(job);
    int queued = ledger.countRuns(Set.of(RunState.QUEUED));
    if (queued >= options.maxQueuedJobs()) {
      throw RunQueue.refused(
          queued
              + " jobs are waiting and limits.max-queued-jobs is "
              + options.maxQueuedJobs()
              + ": submit it again when some are done, or stop some");
    }
    byte[] pseudonymKey = new byte[Pseudonyms.KEY_BYTES];
    ports.random().nextBytes(pseudonymKey);
    RunRow row =
        new RunRow(
            "%s.%08x".formatted(job.name(), ports.random().nextInt()),
            job.name(),
            job,
            RunState.QUEUED,
            "",
            ByteString.copyFrom(pseudonymKey),
            ports.clock().instant());
    if (!ledger.addRun(row)) {
      throw RunQueue.refused(
          "this home already has a job "
              + job.name()
              + ", "
              + RunQueue.stateOf(named(job.name()))
              + ": give the new one another name");
    }
    ports.crash().reached(CrashMoment.RUN_SUBMITTED);
    LOG.info("run={} submitted as {}", row.name(), row.runId());
    queue.startQueued();
    return ledger.run(row.runId()).orElseThrow();
  }

  /** See {@link JobDesk#submitOrGoOn}. */
  RunRow submitOrGoOn(JobSpec job) {
    Optional<RunRow> known = ledger.runNamed(job.name());
    if (known.isEmpty()) {
      return submit(job);
    }
    RunRow row = known.get();
    if (!Arrays.equals(row.job().toJson(), job.toJson())) {
      throw RunQueue.refused(
          "this home already has a job "
              + row.name()
              + " that is not the same as this one, "
              + RunQueue.stateOf(row)
              + ": give the new one another name or choose another `home` in the configuration");
    }
    if (row.state().isEnded()) {
      throw RunQueue.refused(
          "this very job "
              + row.name()
              + " was run already, "
              + RunQueue.stateOf(row)
              + "; `tributary job show "
              + row.name()
              + "` says where its model is: to train again, give it another name or choose another"
              + " `home` in the configuration");
    }
    return row.state() == RunState.PAUSED ? queue.resume(row) : row;
  }

  /** The job of a name; throws when there is none. */
  RunRow named(String name) {
    return ledger
        .runNamed(name)
        .orElseThrow(
            () ->
                new UserErrorException(
                    UserErrorException.Kind.FAILED,
                    "there is no job "
                        + (TaskId.isRunId(name) ? name : "of such a name")
                        + " here: `tributary job list` shows all"));
  }
}
