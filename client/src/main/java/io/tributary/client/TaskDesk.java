package io.tributary.client;

import io.tributary.client.SiteTask.State;
import io.tributary.client.WorkBench.Ending;
import io.tributary.client.WorkBench.Ticket;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The site's work, apart from any connection: at most one task, which a cut connection does not
 * disturb. {@link SiteSession} brings offers and outcomes and sends what the task gives.
 *
 * <p>The coordinator decides what a site works on, so a newer offer takes the place of the task at
 * hand, whose training is cancelled and whose update is dropped. An offer of the task at hand
 * changes nothing: whatever is received, running or ready stays, and is never done twice.
 *
 * <p>One thing comes before a newer offer: an update whose commit may have been sent. The
 * coordinator may have counted it, and then its receipt must be fetched. Such an update stays in
 * the {@link Outbox} until the coordinator has answered for it; the newer offer waits meanwhile
 * ({@link #mustBeAnsweredFirst}), which is a matter of one message each way. A coordinator that
 * offers other tasks but leaves the question open on {@link #MAX_UNANSWERED} connections has lost
 * the run: then the update is dropped.
 *
 * <p>Confined to the agent's thread; what comes from the bench is handed over to it.
 */
final class TaskDesk {
  /** Connections on which a newer offer waits in vain for the answer to an older update. */
  static final int MAX_UNANSWERED = 3;

  private static final Logger LOG = LoggerFactory.getLogger(TaskDesk.class);

  /** Hears what becomes of the task at hand, on the agent's thread. */
  interface Audience {
    /** The task has a new state. */
    void advanced(SiteTask task);

    /** Work goes on. */
    void progressed(SiteTask task, long done, long total);
  }

  private final TaskAdmission admission;
  private final LocalWork work;
  private final ModelCache models;
  private final Outbox outbox;
  private final ReceiptStore receipts;
  private final WorkBench bench;
  private final Executor agentThread;
  private final Clock clock;
  private final CrashPoint crash;
  private final Audience audience;

  private SiteTask current;

  TaskDesk(
      TaskAdmission admission,
      LocalWork work,
      ModelCache models,
      Outbox outbox,
      ReceiptStore receipts,
      WorkBench bench,
      Executor agentThread,
      Clock clock,
      CrashPoint crash,
      Audience audience) {
    this.admission = admission;
    this.work = work;
    this.models = models;
    this.outbox = outbox;
    this.receipts = receipts;
    this.bench = bench;
    this.agentThread = agentThread;
    this.clock = clock;
    this.crash = crash;
    this.audience = audience;
  }

  /** Takes up the update that an earlier process left in the outbox. Before anything else. */
  void restore() {
    outbox
        .restore()
        .ifPresent(
            update -> {
              current = SiteTask.restored(update);
              try {
                if (receipts.holdsReceiptOf(update)) {
                  drop("its receipt is kept");
                }
              } catch (IOException e) {
                LOG.warn("task={} cannot look for its receipt: asking again", update.task(), e);
              }
            });
  }

  /** The task at hand, if any. */
  Optional<SiteTask> current() {
    return Optional.ofNullable(current);
  }

  /** Whether this is (still) the task at hand. */
  boolean isCurrent(SiteTask task) {
    return current == task;
  }

  /** Whether the update at hand may be counted already, so that its receipt is awaited. */
  boolean awaitsReceipt() {
    return current != null && current.mayBeCommitted();
  }

  /** Whether the coordinator has to say what became of an update before it may offer this task. */
  boolean mustBeAnsweredFirst(TaskId id, TaskOffer offer, Manifest model) {
    return awaitsReceipt()
        && !current.isOfferedAgainBy(id, jobDigest(offer), model.digest())
        && current.timesUnanswered() < MAX_UNANSWERED;
  }

  private static Digest jobDigest(TaskOffer offer) {
    return Digest.sha256(offer.getJobJson().toByteArray());
  }

  /**
   * Takes an offer: the task at hand come again, or a new one in its place.
   *
   * @return the task at hand, which may be refused
   */
  SiteTask offered(TaskId id, TaskOffer offer, Manifest model) {
    Digest job = jobDigest(offer);
    if (current != null && current.isOfferedAgainBy(id, job, model.digest())) {
      LOG.info("task={} offered again: it goes on from {}", id, stateName());
      return current;
    }
    if (current != null) {
      drop(
          current.mayBeCommitted()
              ? "the coordinator never says what became of it, and offers " + id
              : "the coordinator has moved on, and offers " + id);
    }
    SiteTask task = new SiteTask(id, job, model.digest());
    current = task;
    try {
      TaskOrder order = admission.admit(id, offer.getJobJson().toByteArray(), model);
      Layout layout = order.job().model().config().layout();
      boolean partlyFrozen = layout.trainableCount() < layout.parameterCount();
      ModelDownload download =
          new ModelDownload(id, models.open(model, partlyFrozen), clock.millis());
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
      erase(ready.update());
      refuse(task, reason);
      audience.advanced(task);
    }
  }

  /**
   * The coordinator counts the result of the task at hand. The receipt of an update is kept before
   * the outbox lets the update go.
   *
   * @throws StatementException if the receipt is missing, or does not bind the coordinator to this
   *     update: then the update stays
   * @throws IOException if the receipt cannot be kept: then the update stays
   */
  void accepted(TaskOutcome outcome) throws StatementException, IOException {
    TaskId id = current.id();
    if (!(current.state() instanceof State.UpdateReady ready)) {
      LOG.info("task={} accepted by the coordinator", id);
      drop("accepted");
      return;
    }
    crash.reached(CrashMoment.RECEIPT_RECEIVED);
    if (!outcome.hasReceipt()) {
      throw new StatementException("no receipt came with it");
    }
    Receipt receipt = receipts.check(outcome.getReceipt(), ready.update());
    if (receipts.keep(outcome.getReceipt(), id) == ReceiptStore.Kept.CONFLICT) {
      LOG.error(
          "task={} THE COORDINATOR HAS SIGNED TWO RECEIPTS for this round: both are kept; see"
              + " 'tributary client receipts verify'",
          id);
    }
    crash.reached(CrashMoment.RECEIPT_STORED);
    LOG.info("task={} accepted by the coordinator: receipt kept, weight {}", id, receipt.weight());
    drop("its receipt is kept");
    crash.reached(CrashMoment.OUTBOX_ERASED);
  }

  /** A run is over: its task goes, unless the update may have been counted. */
  void runEnded(String run, String reason) {
    if (current == null || !current.id().runId().equals(run)) {
      return;
    }
    if (current.mayBeCommitted()) {
      LOG.info("task={} its run is over; its update waits for its receipt", current.id());
    } else {
      drop(reason);
    }
  }

  /** Ends the task at hand, whatever its state: cancels its work and empties the outbox. */
  void drop(String reason) {
    SiteTask dropped = current;
    if (dropped == null) {
      return;
    }
    dropped.unwanted();
    release();
    current = null;
    if (dropped.state() instanceof State.UpdateReady ready) {
      LOG.info("task={} update leaves the outbox: {}", dropped.id(), reason);
      erase(ready.update());
    } else {
      LOG.info("task={} ended: {}", dropped.id(), reason);
    }
  }

  /** Gives up what is being done. What is done stays: an update remains in the outbox. */
  void release() {
    if (current == null) {
      return;
    }
    State state = current.state();
    if (state instanceof State.UpdateReady) {
      return;
    }
    current = null;
    if (state instanceof State.Receiving receiving) {
      closeQuietly(receiving.download());
    } else if (state instanceof State.Working working) {
      working.ticket().cancel();
    }
  }

  private void refuse(SiteTask task, String reason) {
    LOG.warn("task={} refused: {}", task.id(), reason);
    task.become(new State.Refused(reason));
  }

  private void startWork(SiteTask task, TaskOrder order, ModelDownload download) {
    Path model = download.file();
    closeQuietly(download);
    crash.reached(CrashMoment.MODEL_RECEIVED);
    ProgressThrottle throttle = new ProgressThrottle(clock);
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
    if (!(ending instanceof Ending.Finished<ReadyUpdate> finished)) {
      endedWithoutResult(task, ending);
      return;
    }
    ReadyUpdate update = finished.result();
    if (current == null && !task.isUnwanted()) {
      current = task; // let go of, but done before it noticed: it need not be done again
    }
    if (isCurrent(task)) {
      LOG.info(
          "task={} trained: update {}, weight {}", task.id(), update.manifest(), update.weight());
      task.become(new State.UpdateReady(update));
      audience.advanced(task);
    } else {
      LOG.info("task={} update leaves the outbox: nobody wants it any more", task.id());
      erase(update);
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

  private void erase(ReadyUpdate update) {
    try {
      outbox.erase(update);
    } catch (IOException e) {
      // It is found again at the next start, and the coordinator is asked what became of it.
      LOG.error("task={} cannot empty the outbox", update.task(), e);
    }
  }
}
