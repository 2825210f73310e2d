package io.tributary.client;

import io.tributary.client.SiteTask.State;
import io.tributary.client.WorkBench.Ending;
import io.tributary.client.WorkBench.Ticket;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.TaskOffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The site's work, apart from any connection: at most one task, which a cut connection does not
 * disturb. {@link SiteSession} brings offers and outcomes and sends what the task gives.
 *
 * <p>The coordinator decides what a site works on, so a newer offer always takes the place of the
 * task at hand, whose training is cancelled and whose files are deleted. An offer of the task at
 * hand changes nothing: whatever is received, running or ready stays, and is never done twice.
 *
 * <p>Confined to the agent's thread; what comes from the training thread is handed over to it.
 */
final class TaskDesk {
  /** Least time between two progress reports of a task. */
  static final long PROGRESS_INTERVAL_MILLIS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(TaskDesk.class);

  /** Hears what becomes of the task at hand, on the agent's thread. */
  interface Audience {
    /** The task has a new state. */
    void advanced(SiteTask task);

    /** Work goes on. */
    void progressed(SiteTask task, long done, long total);
  }

  private final SitePolicy policy;
  private final WireLimits limits;
  private final LocalTrainer trainer;
  private final LocalWork work;
  private final ModelCache models;
  private final WorkBench bench;
  private final Executor agentThread;
  private final Clock clock;
  private final Audience audience;

  private SiteTask current;

  TaskDesk(
      SitePolicy policy,
      WireLimits limits,
      LocalTrainer trainer,
      LocalWork work,
      ModelCache models,
      WorkBench bench,
      Executor agentThread,
      Clock clock,
      Audience audience) {
    this.policy = policy;
    this.limits = limits;
    this.trainer = trainer;
    this.work = work;
    this.models = models;
    this.bench = bench;
    this.agentThread = agentThread;
    this.clock = clock;
    this.audience = audience;
  }

  /** The task at hand, if any. */
  Optional<SiteTask> current() {
    return Optional.ofNullable(current);
  }

  /** Whether this is (still) the task at hand. */
  boolean isCurrent(SiteTask task) {
    return current == task;
  }

  /**
   * Takes an offer: the task at hand come again, or a new one in its place.
   *
   * @return the task at hand, which may be refused
   */
  SiteTask offered(TaskId id, TaskOffer offer, Manifest model) {
    if (current != null && current.isOfferedAgainBy(id, offer, model)) {
      LOG.info("task={} offered again: it goes on from {}", id, stateName());
      return current;
    }
    if (current != null) {
      LOG.info("task={} given up: {} is offered instead", current.id(), id);
      drop();
    }
    SiteTask task = new SiteTask(id, offer, model);
    current = task;
    try {
      TaskOrder order = admit(id, offer, model);
      ModelDownload download = new ModelDownload(id, models.open(model), clock.millis());
      task.become(new State.Receiving(order, download));
      LOG.info("task={} accepted: model {}, lacks {}", id, model, download.lacking());
      if (download.complete()) {
        startWork(task, order, download);
      }
    } catch (TaskRefusedException e) {
      refuse(task, e.getMessage());
    } catch (IOException | UncheckedIOException e) {
      LOG.error("task={} cannot store the model", id, e);
      refuse(task, "this site cannot store the model");
    }
    return task;
  }

  /** The last chunk of the task's model has come. */
  void modelReceived(SiteTask task) {
    if (isCurrent(task) && task.state() instanceof State.Receiving receiving) {
      startWork(task, receiving.order(), receiving.download());
      audience.advanced(task);
    }
  }

  /** The task's model cannot be stored. */
  void modelFailed(SiteTask task, IOException cause) {
    if (isCurrent(task) && task.state() instanceof State.Receiving receiving) {
      LOG.error("task={} cannot store the model", task.id(), cause);
      closeQuietly(receiving.download());
      refuse(task, "this site cannot store the model");
      audience.advanced(task);
    }
  }

  /** The task's update cannot be read back: there is nothing to send. */
  void updateFailed(SiteTask task, String reason) {
    if (isCurrent(task) && task.state() instanceof State.UpdateReady ready) {
      delete(ready.update());
      refuse(task, reason);
      audience.advanced(task);
    }
  }

  /** Ends the task at hand, whatever its state: cancels its work and deletes its files. */
  void drop() {
    if (current == null) {
      return;
    }
    State state = current.state();
    current = null;
    if (state instanceof State.Receiving receiving) {
      closeQuietly(receiving.download());
    } else if (state instanceof State.Working working) {
      working.ticket().cancel();
    } else if (state instanceof State.UpdateReady ready) {
      delete(ready.update());
    }
  }

  private TaskOrder admit(TaskId id, TaskOffer offer, Manifest model) {
    try {
      return order(id, offer, model);
    } catch (IllegalArgumentException | ArithmeticException e) {
      // A model whose sizes pass one by one but not together; the words are about the job alone,
      // for what knows of this site's data throws within planOf.
      throw new TaskRefusedException("the job does not hold together: " + e.getMessage(), e);
    }
  }

  private TaskOrder order(TaskId id, TaskOffer offer, Manifest model) {
    JobSpec job;
    try {
      job = JobSpec.fromJson(offer.getJobJson().toByteArray());
    } catch (UserErrorException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    }
    if (!job.name().equals(id.runId())) {
      throw new TaskRefusedException(
          "the task is of run " + id.runId() + " but the job is named " + job.name());
    }
    int firstRound = id.kind() == TaskId.Kind.TRAIN ? 1 : 0;
    if (id.round() < firstRound || id.round() > job.rounds()) {
      throw new TaskRefusedException(
          "round is " + id.round() + " but the job has rounds 1 to " + job.rounds());
    }
    policy.objectionToModel(job).ifPresent(TaskDesk::refuseFor);
    long expected = SitePolicy.modelBytes(job);
    if (model.totalBytes() != expected) {
      throw new TaskRefusedException(
          "the offered model has "
              + model.totalBytes()
              + " bytes but the job's layout has "
              + expected);
    }
    LocalPlan plan = planOf(job);
    if (id.kind() == TaskId.Kind.TRAIN) {
      policy.objectionToWork(plan).ifPresent(TaskDesk::refuseFor);
    }
    try {
      return new TaskOrder(id, job, model, plan, new UpdateTerms(job, plan, limits));
    } catch (UserErrorException e) {
      throw new TaskRefusedException(e.getMessage(), e);
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

  private void refuse(SiteTask task, String reason) {
    LOG.warn("task={} refused: {}", task.id(), reason);
    task.become(new State.Refused(reason));
  }

  private void startWork(SiteTask task, TaskOrder order, ModelDownload download) {
    Path model = download.file();
    closeQuietly(download);
    Throttle throttle = new Throttle(clock);
    WorkBench.ProgressListener progress =
        (done, total) -> {
          if (done >= total || throttle.mayPass()) {
            agentThread.execute(() -> progressed(task, done, total));
          }
        };
    String name = task.id().toString();
    Ticket ticket =
        switch (task.id().kind()) {
          case TRAIN ->
              bench.<ReadyUpdate>submit(
                  name,
                  control -> work.train(order, model, control),
                  progress,
                  ending -> agentThread.execute(() -> trained(task, ending)));
          case EVALUATE ->
              bench.<LocalEvaluation>submit(
                  name,
                  control -> work.evaluate(order, model, control),
                  progress,
                  ending -> agentThread.execute(() -> evaluated(task, ending)));
        };
    // The ending is always handed over to this thread, so it comes after this line.
    task.become(new State.Working(ticket));
  }

  private void progressed(SiteTask task, long done, long total) {
    if (isCurrent(task) && task.state() instanceof State.Working) {
      audience.progressed(task, done, total);
    }
  }

  private void trained(SiteTask task, Ending<ReadyUpdate> ending) {
    if (ending instanceof Ending.Finished<ReadyUpdate> finished) {
      if (isCurrent(task)) {
        LOG.info(
            "task={} trained: update {}, weight {}",
            task.id(),
            finished.result().manifest(),
            finished.result().weight());
        task.become(new State.UpdateReady(finished.result()));
        audience.advanced(task);
      } else {
        delete(finished.result());
      }
    } else {
      endedWithoutResult(task, ending);
    }
  }

  private void evaluated(SiteTask task, Ending<LocalEvaluation> ending) {
    if (ending instanceof Ending.Finished<LocalEvaluation> finished) {
      if (isCurrent(task)) {
        LOG.info("task={} evaluated", task.id());
        task.become(new State.ReportReady(finished.result()));
        audience.advanced(task);
      }
    } else {
      endedWithoutResult(task, ending);
    }
  }

  private void endedWithoutResult(SiteTask task, Ending<?> ending) {
    if (!isCurrent(task)) {
      LOG.info("task={} stopped", task.id());
      return;
    }
    String reason =
        ending instanceof Ending.Refused<?> refused
            ? refused.reason()
            : "this site stopped the task";
    refuse(task, reason);
    audience.advanced(task);
  }

  private String stateName() {
    return current.state().getClass().getSimpleName();
  }

  private static void closeQuietly(ModelDownload download) {
    try {
      download.close();
    } catch (UncheckedIOException e) {
      // Its chunks are verified again whenever it is opened, so nothing is lost by this.
      LOG.warn("cannot close model spool {}", download.file(), e);
    }
  }

  private static void delete(ReadyUpdate update) {
    try {
      Files.deleteIfExists(update.file());
    } catch (IOException e) {
      LOG.warn("cannot delete {}: it is deleted when the site starts again", update.file(), e);
    }
  }

  /** Lets one report pass in each interval, whichever thread asks. */
  private static final class Throttle {
    private final Clock clock;
    private final AtomicLong nextMillis = new AtomicLong(Long.MIN_VALUE);

    Throttle(Clock clock) {
      this.clock = clock;
    }

    boolean mayPass() {
      long now = clock.millis();
      long next = nextMillis.get();
      return now >= next && nextMillis.compareAndSet(next, now + PROGRESS_INTERVAL_MILLIS);
    }
  }
}
