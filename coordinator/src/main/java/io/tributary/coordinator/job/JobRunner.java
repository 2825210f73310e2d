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
import io.tributary.common.wire.v1.TaskKey;
import io.tributary.coordinator.round.EvaluationPlan;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundPlan;
import io.tributary.coordinator.round.RoundState;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
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
      TaskId task = TaskId.fromProto(key(message));
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

  private static TaskKey key(Envelope message) {
    return switch (message.getMessageCase()) {
      case TASK_ANSWER -> message.getTaskAnswer().getKey();
      case TASK_PROGRESS -> message.getTaskProgress().getKey();
      case UPLOAD_OFFER -> message.getUploadOffer().getKey();
      case UPLOAD_COMMIT -> message.getUploadCommit().getKey();
      case EVALUATION_REPORT -> message.getEvaluationReport().getKey();
      default ->
          throw new ProtocolException(
              "a coordinator takes no " + message.getMessageCase() + " from a site");
    };
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
      RoundRules rules = context.job().round();
      evaluate(
          new EvaluationPlan(
              round,
              1,
              rules.rejoinGraceMillis(),
              rules.evaluationDeadlineMillis(),
              rules.rejoinGraceMillis()),
          head.orElseThrow(),
          finished -> {
            book.committed(round, base, committed, committedMetrics, finished);
            nextRound();
          });
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
    context
        .gateway()
        .closeAll(Envelope.newBuilder().setFarewell(farewell).build(), "the job is over");
    boolean unusedFirst = done.complete(summary());
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
        siteRows(),
        book.recent(),
        context.gateway().bytesUp(),
        context.gateway().bytesDown(),
        seconds(),
        ProcessMemory.peakResidentBytes());
  }

  private List<JobStatus.Site> siteRows() {
    SortedMap<SiteName, SiteTask> tasks =
        phase.map(Phase::tasks).orElseGet(java.util.Collections::emptySortedMap);
    SortedSet<SiteName> names = new TreeSet<>(connected);
    names.addAll(tasks.keySet());
    List<JobStatus.Site> rows = new ArrayList<>();
    for (SiteName name : names) {
      SiteTask task = tasks.get(name);
      rows.add(row(name, Optional.ofNullable(task)));
    }
    return rows;
  }

  private JobStatus.Site row(SiteName name, Optional<SiteTask> task) {
    SiteState site = task.map(SiteTask::state).orElse(null);
    Long stepsDone = null;
    Long stepsTotal = null;
    if (site instanceof SiteState.Training training) {
      stepsDone = training.doneSteps();
      stepsTotal = training.totalSteps();
    } else if (site instanceof SiteState.Evaluating evaluating) {
      stepsDone = evaluating.doneWindows();
      stepsTotal = evaluating.totalWindows();
    } else if (site instanceof SiteState.Uploading uploading) {
      stepsDone = uploading.doneBytes();
      stepsTotal = uploading.totalBytes();
    }
    return new JobStatus.Site(
        name.value(),
        connected.contains(name),
        site == null ? "idle" : site.label(),
        stepsDone,
        stepsTotal,
        site == null || site.reason().isEmpty() ? null : site.reason(),
        task.map(SiteTask::rejoins).orElse(0));
  }

  private double seconds() {
    return (context.now() - startedMillis) / 1000.0;
  }
}
