package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.coordinator.round.EvaluationPlan;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundPlan;
import io.tributary.coordinator.round.RoundState;
import java.time.Clock;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays a whole job, phase after phase:
 *
 * <pre>
 * initial weights → publish → evaluate round 0 → { train → fold → publish → evaluate → record }* → farewell
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
  private final long startedMillis;
  private final SortedSet<SiteName> connected = new TreeSet<>();
  private final CompletableFuture<JobSummary> done = new CompletableFuture<>();

  private String state = "starting";
  private String endReason;
  private Optional<String> stopReason = Optional.empty();
  private Optional<Phase> phase = Optional.empty();
  private Optional<ModelReference> head = Optional.empty();
  private int round;
  private int committedRounds;

  /** Puts a job together; nothing happens before {@link #start}. */
  public JobRunner(
      JobSpec job,
      WireLimits limits,
      Pace pace,
      Executor owner,
      Timer timer,
      Clock wallClock,
      SiteGateway gateway,
      UploadStore uploads,
      ModelStore models,
      RoundJournal journal) {
    this.context =
        new JobContext(
            job,
            ByteString.copyFrom(job.toJson()),
            limits,
            pace,
            owner,
            timer,
            wallClock,
            gateway,
            uploads,
            models,
            journal,
            new OutcomeLog(gateway),
            new ActivityMeter());
    this.book = new RecordBook(context);
    this.startedMillis = context.now();
  }

  /** Completes when the job has ended and the sites were told. */
  public CompletableFuture<JobSummary> done() {
    return done;
  }

  /** Starts the job. */
  public void start() {
    Futures.whenDone(
        context.models().initialise(),
        context.owner(),
        this::startFirstEvaluation,
        reason -> end("failed", "the initial weights cannot be published: " + reason));
  }

  /** A site connected. */
  public void siteConnected(SiteName site) {
    connected.add(site);
    context.outcomes().deliverMissed(site);
    phase.ifPresent(open -> open.connected(site));
  }

  /** A site's connection is gone. */
  public void siteDisconnected(SiteName site) {
    connected.remove(site);
    phase.ifPresent(open -> open.disconnected(site));
  }

  /** A site sent a message. */
  public void received(SiteName site, Envelope message) {
    try {
      TaskId task = TaskMessages.taskOf(message);
      Phase open = phase.filter(candidate -> candidate.owns(task)).orElse(null);
      if (open != null) {
        open.received(site, task, message);
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
    if (phase.orElse(null) instanceof RoundDriver open && open.owns(task)) {
      open.uploadAdvanced(site, task, doneBytes, totalBytes);
    }
  }

  /** Ends the job in order; {@link #done} tells when. */
  public void stop(String reason) {
    if (stopReason.isPresent() || done.isDone()) {
      return;
    }
    stopReason = Optional.of(reason);
    phase.ifPresentOrElse(open -> open.stop(reason), () -> end("stopped", reason));
  }

  /**
   * Gives the job up after a defect on the owner's thread. Nothing of it is trusted any more: the
   * open phase is left as it is, and {@link #done} completes whatever else throws.
   *
   * @param reason for people
   */
  public void abandon(String reason) {
    if (done.isDone()) {
      return;
    }
    Optional<Phase> broken = phase;
    phase = Optional.empty();
    stopReason = Optional.of(reason);
    try {
      broken.ifPresent(Phase::abandon);
      end("failed", reason);
    } catch (RuntimeException | Error e) {
      LOG.error("run={} could not end in order", context.job().name(), e);
      boolean unusedFirst = done.completeExceptionally(e);
    }
  }

  private void startFirstEvaluation(ModelReference initial) {
    head = Optional.of(initial);
    RoundRules rules = context.job().round();
    book.start();
    evaluate(
        new EvaluationPlan(
            0,
            rules.cohort(),
            rules.startWaitMillis(),
            rules.evaluationDeadlineMillis(),
            rules.rejoinGraceMillis()),
        initial,
        finished -> {
          book.initial(initial, finished);
          if (finished.tasks().size() < rules.quorum() && connected.size() < rules.quorum()) {
            fail(
                "only "
                    + connected.size()
                    + " of at least "
                    + rules.quorum()
                    + " sites connected within "
                    + rules.startWaitMillis()
                    + " ms");
          } else {
            nextRound();
          }
        });
  }

  private void evaluate(
      EvaluationPlan plan,
      ModelReference model,
      java.util.function.Consumer<EvaluationState.Finished> then) {
    if (done.isDone()) {
      return;
    }
    state = "evaluating";
    open(
        new EvaluationDriver(
            context,
            plan,
            model,
            finished -> {
              phase = Optional.empty();
              context.activity().stopAll(context.now());
              then.accept(finished);
            }));
  }

  private void nextRound() {
    if (stopReason.isPresent()) {
      end("stopped", stopReason.get());
    } else if (round == context.job().rounds()) {
      end("completed", null);
    } else {
      round++;
      train(head.orElseThrow());
    }
  }

  private void train(ModelReference base) {
    JobSpec job = context.job();
    RoundRules rules = job.round();
    Pace pace = context.pace();
    RoundPlan plan =
        new RoundPlan(
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
    state = "training";
    book.start();
    open(new RoundDriver(context, plan, base, new RoundAudience(base)));
  }

  private void open(Phase next) {
    phase = Optional.of(next);
    next.begin(new TreeSet<>(connected));
  }

  /** What happens to a round's attempts and end. */
  private final class RoundAudience implements RoundDriver.Audience {
    private final ModelReference base;
    private RoundEffect.RecordAttempt committed;
    private Map<SiteName, Map<String, Double>> committedMetrics;

    RoundAudience(ModelReference base) {
      this.base = base;
    }

    @Override
    public void attemptEnded(
        RoundEffect.RecordAttempt attempt, Map<SiteName, Map<String, Double>> metrics) {
      if (attempt.modelDigest().isPresent()) {
        committed = attempt;
        committedMetrics = Map.copyOf(metrics);
      } else {
        LOG.warn(
            "run={} round={} attempt={} aborted: {}",
            context.job().name(),
            round,
            attempt.attempt(),
            attempt.reason());
        book.aborted(round, base, attempt, metrics);
      }
    }

    @Override
    public void roundEnded(RoundState ended, Optional<ModelReference> published) {
      phase = Optional.empty();
      context.activity().stopAll(context.now());
      if (ended instanceof RoundState.Aborted aborted) {
        fail("round " + round + " failed: " + aborted.reason());
        return;
      }
      committedRounds++;
      head = Optional.of(published.orElseThrow());
      if (stopReason.isPresent()) { // it came while the model was being folded or published
        evaluated(
            new EvaluationState.Finished(
                "not evaluated: " + stopReason.get(), Collections.emptySortedMap()));
        return;
      }
      RoundRules rules = context.job().round();
      evaluate(
          new EvaluationPlan(
              round,
              1,
              rules.rejoinGraceMillis(),
              rules.evaluationDeadlineMillis(),
              rules.rejoinGraceMillis()),
          head.orElseThrow(),
          this::evaluated);
    }

    private void evaluated(EvaluationState.Finished evaluation) {
      book.committed(round, base, committed, committedMetrics, evaluation);
      nextRound();
    }
  }

  private void fail(String reason) {
    if (stopReason.isPresent()) {
      end("stopped", stopReason.get());
    } else {
      end("failed", reason);
    }
  }

  private void end(String outcome, String reason) {
    if (done.isDone()) {
      return;
    }
    state = outcome;
    endReason = reason;
    phase = Optional.empty();
    LOG.info("run={} {}{}", context.job().name(), outcome, reason == null ? "" : ": " + reason);
    Farewell farewell =
        Farewell.newBuilder()
            .setRunId(context.job().name())
            .setCompleted(outcome.equals("completed"))
            .setReason(reason == null ? "" : OutcomeLog.oneLine(reason))
            .build();
    try {
      context
          .gateway()
          .closeAll(Envelope.newBuilder().setFarewell(farewell).build(), "the job is over");
    } finally {
      complete(); // somebody waits for it, whatever became of the farewell
    }
  }

  private void complete() {
    try {
      boolean unusedFirst = done.complete(summary());
    } catch (RuntimeException | Error e) {
      LOG.error("run={} has no summary", context.job().name(), e);
      boolean unusedFirst = done.completeExceptionally(e);
    }
  }

  private JobSummary summary() {
    return new JobSummary(
        context.job().name(),
        state,
        endReason,
        committedRounds,
        book.initialLoss(),
        book.latestLoss(),
        head.map(ModelReference::digest).orElse(null),
        head.map(model -> model.weights().toAbsolutePath().getParent().toString()).orElse(null),
        context.gateway().bytesUp(),
        context.gateway().bytesDown(),
        seconds(),
        book.overheadSecondsMedian(),
        ProcessMemory.peakResidentBytes());
  }

  /** The job as it stands now. */
  public JobStatus status() {
    return new JobStatus(
        context.job().name(),
        state,
        endReason,
        round,
        context.job().rounds(),
        phase.map(Phase::attempt).orElse(null),
        phase.map(Phase::label).orElse(null),
        head.map(ModelReference::digest).orElse(null),
        SiteRows.of(connected, phase.map(Phase::tasks).orElseGet(Collections::emptySortedMap)),
        book.recent(),
        context.gateway().bytesUp(),
        context.gateway().bytesDown(),
        seconds(),
        ProcessMemory.peakResidentBytes());
  }

  private double seconds() {
    return (context.now() - startedMillis) / 1000.0;
  }
}
