package io.tributary.coordinator.job;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.time.Clock;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays a whole run, phase after phase, and goes on with one that an earlier process began:
 *
 * <pre>
 * initial weights → publish → evaluate round 0 → { train → fold → publish → evaluate → record }* → farewell
 *       ▲                          ▲                  ▲
 *   no head                head without record    open, closed or aborted attempt     … in the ledger
 * </pre>
 *
 * <p>All state belongs to one thread, the owner's: whoever has news (connections, timers, finished
 * disk work, the admin API, a signal) hands it over through the owner's queue and calls nothing
 * here from elsewhere. Under Netty and in a deterministic test it is this same class.
 */
public final class JobRunner {
  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

  private final JobContext context;
  private final RecordBook book;
  private final RunReport report;
  private final EntrySender entries;
  private final RunPhases phases;
  private final HeldMessages held = new HeldMessages();
  private final SortedSet<SiteName> connected = new TreeSet<>();
  private final CompletableFuture<JobSummary> done = new CompletableFuture<>();

  private Optional<RunPhases.Halt> halt = Optional.empty();

  /** Whether what sites ask can be answered: it is known which tasks are open, if any. */
  private boolean answers;

  /**
   * Puts a run together; nothing happens before {@link #start}.
   *
   * @param run as the ledger has it
   * @param owner the run's only thread
   */
  public JobRunner(
      RunRow run,
      WireLimits limits,
      Pace pace,
      Executor owner,
      Timer timer,
      Clock wallClock,
      SiteGateway gateway,
      UploadStore uploads,
      ModelStore models,
      Ledger ledger,
      RoundJournal journal,
      CrashPoint crash) {
    this.context =
        new JobContext(
            run,
            limits,
            pace,
            new PendingWork(owner),
            timer,
            wallClock,
            gateway,
            uploads,
            models,
            ledger,
            journal,
            crash,
            new OutcomeLog(gateway, ledger, run.runId()),
            new ActivityMeter());
    this.book = new RecordBook(context);
    this.report = new RunReport(context, book);
    this.entries = new EntrySender(context);
    this.phases = new RunPhases(context, book, report, entries, connected, new Ending());
  }

  /**
   * Completes when the run has ended and the sites were told, or when it was put aside; fails with
   * a {@link UserErrorException} when what the ledger names cannot be found undamaged.
   */
  public CompletableFuture<JobSummary> done() {
    return done;
  }

  /** Starts the run, or goes on with it where the ledger says that it stands. */
  public void start() {
    book.restore();
    RunRow row = context.ledger().run(context.runId()).orElse(context.run());
    if (row.state().isEnded()) {
      answers = true;
      leave(row.state().name().toLowerCase(Locale.ROOT), row.reason());
    } else {
      phases.start();
    }
  }

  /** A site connected. */
  public void siteConnected(SiteName site) {
    connected.add(site);
    held.forget(site);
    context.outcomes().connected(site);
    phases.open().ifPresent(open -> open.connected(site));
    context.outcomes().deliverMissed(site);
    if (!done.isDone()) {
      report.head.ifPresent(head -> entries.newest(site, head.round()));
    }
  }

  /** A site's connection is gone. */
  public void siteDisconnected(SiteName site) {
    connected.remove(site);
    held.forget(site);
    phases.open().ifPresent(open -> open.disconnected(site));
  }

  /** A site sent a message. */
  public void received(SiteName site, Envelope message) {
    if (!answers) {
      held.hold(site, message);
      return;
    }
    try {
      if (message.hasLogRequest()) {
        entries.answer(site, message.getLogRequest());
        return;
      }
      TaskId task = TaskMessages.taskOf(message);
      Phase open = phases.open().filter(candidate -> candidate.owns(task)).orElse(null);
      if (open != null) {
        open.received(site, task, message);
      } else if (message.hasTaskProgress()) {
        context.outcomes().answerOnce(site, task);
      } else {
        context.outcomes().answerAgain(site, task);
      }
    } catch (ProtocolException e) {
      LOG.warn("site={} broke the protocol: {}", site, e.getMessage());
      context.gateway().refuse(site, e.code(), e.getMessage());
    }
  }

  /** Chunks of an update have arrived. */
  public void uploadAdvanced(SiteName site, TaskId task, long doneBytes, long totalBytes) {
    if (phases.open().orElse(null) instanceof RoundDriver open && open.owns(task)) {
      open.uploadAdvanced(site, task, doneBytes, totalBytes);
    }
  }

  /** Ends the run in order; {@link #done} tells when. */
  public void stop(String reason) {
    if (halt.filter(wanted -> !wanted.isPause()).isPresent() || done.isDone()) {
      return;
    }
    halt = Optional.of(new RunPhases.Halt(false, reason));
    phases.open().ifPresentOrElse(open -> open.stop(reason), this::haltWhenIdle);
  }

  /**
   * Puts the run aside: open tasks are withdrawn, the attempt and its committed updates stay in the
   * ledger, and another runner may go on with them as soon as {@link #done} has completed.
   */
  public void pause(String reason) {
    if (halt.isPresent() || done.isDone()) {
      return;
    }
    halt = Optional.of(new RunPhases.Halt(true, reason));
    if (phases.open().map(open -> open.pause(reason)).orElse(true)) {
      haltWhenIdle();
    }
  }

  /** The process stops: writes down the elapsed time, tells nobody, and is done at once. */
  public void suspend(String reason) {
    if (!done.isDone()) {
      phases.open().ifPresent(Phase::suspend);
      answers = false; // "not open" would make sites drop what the next start still takes
      leave("suspended", reason);
    }
  }

  /**
   * Gives the run up after a defect on the owner's thread. Nothing of it in this process is trusted
   * any more: the open phase is left as it is, and {@link #done} completes whatever else throws.
   * The ledger is left as it is, so the next start goes on.
   *
   * @param reason for people
   */
  public void abandon(String reason) {
    if (done.isDone()) {
      return;
    }
    try {
      phases.open().ifPresent(Phase::abandon);
      answers = false;
      leave("failed", reason);
    } catch (RuntimeException | Error e) {
      LOG.error("run={} could not end in order", context.runId(), e);
      boolean unusedFirst = done.completeExceptionally(e);
    }
  }

  /**
   * Whether a site may have a task open here. Also while nothing is open yet: a run that is being
   * taken up may go on with the tasks that it had.
   */
  public boolean worksFor(SiteName site) {
    return phases
        .open()
        .map(open -> open.tasks().get(site) != null && open.tasks().get(site).state().isWorking())
        .orElse(true);
  }

  /** The job as it stands now. */
  public JobStatus status() {
    return report.status(
        phases.open(),
        connected,
        phases.open().map(Phase::tasks).orElseGet(Collections::emptySortedMap));
  }

  private void haltWhenIdle() {
    context.pending().whenIdle(this::halted);
  }

  /** Nothing is open and nothing under way any more. */
  private void halted() {
    RunPhases.Halt wanted = halt.orElseThrow();
    if (wanted.isPause()) {
      leave("paused", wanted.reason());
    } else {
      end(RunState.STOPPED, wanted.reason());
    }
  }

  /** Nothing has become of the run: it goes on at the next start, when the cause is mended. */
  private void cannotGoOn(Throwable failure) {
    if (done.isDone()) {
      return;
    }
    String reason = PendingWork.reason(failure);
    if (failure instanceof UserErrorException refused) {
      report.state = "failed";
      report.reason = reason;
      boolean unusedFirst = done.completeExceptionally(refused);
    } else {
      leave("failed", "the run cannot be taken up: " + reason);
    }
  }

  /** The run is over; that is durable before any site hears of it. */
  private void end(RunState outcome, String reason) {
    if (done.isDone()) {
      return;
    }
    context.ledger().setRunState(context.runId(), outcome, reason == null ? "" : reason);
    context.crash().reached(CrashMoment.RUN_ENDED);
    answers = true;
    if (report.round > 0) {
      context.uploads().roundEnded(report.round);
    }
    Farewell farewell =
        Farewell.newBuilder()
            .setRunId(context.runId())
            .setCompleted(outcome == RunState.COMPLETED)
            .setReason(reason == null ? "" : OutcomeLog.oneLine(reason))
            .build();
    try {
      context.gateway().broadcast(Envelope.newBuilder().setFarewell(farewell).build());
    } finally { // somebody waits for it, whatever became of the farewell
      leave(outcome.name().toLowerCase(Locale.ROOT), reason);
    }
  }

  /** This runner's part is over. */
  private void leave(String outcome, String reason) {
    report.state = outcome;
    report.reason = reason == null || reason.isEmpty() ? null : reason;
    phases.close();
    LOG.info("run={} {}{}", context.runId(), outcome, reason == null ? "" : ": " + reason);
    try {
      boolean unusedFirst = done.complete(report.summary());
    } catch (RuntimeException | Error e) {
      LOG.error("run={} has no summary", context.runId(), e);
      boolean unusedFirst = done.completeExceptionally(e);
    }
  }

  /** What the phases may ask of their runner. */
  private final class Ending implements RunPhases.Owner {
    @Override
    public Optional<RunPhases.Halt> halt() {
      return halt;
    }

    @Override
    public boolean isDone() {
      return done.isDone();
    }

    @Override
    public void opened() {
      answers = true;
      held.release(JobRunner.this::received);
    }

    @Override
    public void haltWhenIdle() {
      JobRunner.this.haltWhenIdle();
    }

    @Override
    public void end(RunState outcome, String reason) {
      JobRunner.this.end(outcome, reason);
    }

    @Override
    public void cannotGoOn(Throwable failure) {
      JobRunner.this.cannotGoOn(failure);
    }
  }
}
