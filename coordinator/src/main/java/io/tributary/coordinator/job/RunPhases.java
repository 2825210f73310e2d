package io.tributary.coordinator.job;

import io.tributary.common.job.RoundRules;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.EvaluationPlan;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.Recovered;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundState;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The phases of a run, one after the other, from wherever the ledger says that it stands. On the
 * owner's thread; {@link JobRunner} is its face and ends it.
 */
final class RunPhases {
  private static final Logger LOG = LoggerFactory.getLogger(RunPhases.class);

  /**
   * Somebody wants the run to end before its last round.
   *
   * @param isPause whether it goes on later
   * @param reason for people
   */
  record Halt(boolean isPause, String reason) {}

  /** Who ends the run. */
  interface Owner {
    /** What was asked for, if anything. */
    Optional<Halt> halt();

    /** Whether the runner's part is over. */
    boolean isDone();

    /** A phase is open: what was said before can be answered now. */
    void opened();

    /** Nothing is open any more: halts as soon as no work is under way. */
    void haltWhenIdle();

    /** Ends the run for good. */
    void end(RunState outcome, String reason);

    /** What the ledger names cannot be had; nothing has become of the run. */
    void cannotGoOn(Throwable failure);
  }

  private final JobContext context;
  private final RecordBook book;
  private final RunReport report;
  private final EntrySender entries;
  private final SortedSet<SiteName> connected;
  private final Owner owner;
  private Optional<Phase> phase = Optional.empty();

  /**
   * Makes the phases of one run.
   *
   * @param connected sites connected now; kept by the owner
   */
  RunPhases(
      JobContext context,
      RecordBook book,
      RunReport report,
      EntrySender entries,
      SortedSet<SiteName> connected,
      Owner owner) {
    this.context = context;
    this.book = book;
    this.report = report;
    this.entries = entries;
    this.connected = connected;
    this.owner = owner;
  }

  /** The open phase. */
  Optional<Phase> open() {
    return phase;
  }

  /** Nothing is open any more. */
  void close() {
    phase = Optional.empty();
  }

  /** Starts, or goes on. */
  void start() {
    context
        .ledger()
        .head(context.runId())
        .ifPresentOrElse(
            head ->
                context
                    .pending()
                    .whenDone(context.models().reopen(head), this::reopened, owner::cannotGoOn),
            () ->
                context
                    .pending()
                    .whenDone(context.models().initialise(), this::initialised, owner::cannotGoOn));
  }

  private boolean isHalted() {
    return owner.halt().isPresent() || owner.isDone();
  }

  private void initialised(ModelReference initial) {
    report.head = Optional.of(initial);
    connected.forEach(site -> entries.newest(site, 0));
    if (!isHalted()) {
      evaluateInitial(initial);
    }
  }

  private void reopened(ModelReference model) {
    report.head = Optional.of(model);
    report.round = model.round();
    connected.forEach(site -> entries.newest(site, model.round()));
    if (isHalted()) {
      return;
    }
    LOG.info("run={} goes on after round {}", context.runId(), model.round());
    List<UploadRow> committed =
        context.ledger().uploads(context.runId(), model.round() + 1).stream()
            .filter(upload -> upload.state() == UploadRow.State.COMMITTED)
            .toList();
    context
        .pending()
        .whenDone(context.uploads().reopen(committed), nothing -> goOn(model), owner::cannotGoOn);
  }

  private void goOn(ModelReference model) {
    if (isHalted()) {
      return;
    }
    int round = model.round();
    book.start();
    if (round == 0 && !book.has(0, RecordBook.INITIAL_ATTEMPT)) {
      evaluateInitial(model);
      return;
    }
    AttemptRow row = context.ledger().attempt(context.runId(), round).orElse(null);
    if (row == null || book.has(round, row.attempt())) { // round 0 has no attempt
      reopenRound(model);
      return;
    }
    RoundEffect.RecordAttempt committed = ended(round, row, Optional.of(model.digest()));
    evaluate(
        Plans.repeatedEvaluation(context.job(), round),
        model,
        evaluation -> {
          book.committed(round, row.baseDigest(), committed, evaluation);
          nextRound();
        });
  }

  private RoundEffect.RecordAttempt ended(int round, AttemptRow row, Optional<String> digest) {
    List<UploadRow> uploads = context.ledger().uploads(context.runId(), round);
    return new RoundEffect.RecordAttempt(
        row.attempt(), digest, row.reason(), AttemptRows.ended(row, uploads));
  }

  /** Goes on with the round after the head, if anything of it stands in the ledger. */
  private void reopenRound(ModelReference head) {
    int next = head.round() + 1;
    Optional<AttemptRow> attempt = context.ledger().attempt(context.runId(), next);
    if (attempt.isEmpty()) {
      nextRound();
      return;
    }
    AttemptRow row = attempt.get();
    report.round = next;
    boolean failed = row.phase() == AttemptRow.Phase.FAILED;
    if (failed || row.phase() == AttemptRow.Phase.ABORTED) {
      book.aborted(next, row.baseDigest(), ended(next, row, Optional.empty()));
    }
    if (failed) {
      owner.end(RunState.FAILED, "round " + next + " failed: " + row.reason());
      return;
    }
    List<UploadRow> uploads = context.ledger().uploads(context.runId(), next);
    train(head, Optional.of(AttemptRows.recovered(row, uploads)));
  }

  private void evaluateInitial(ModelReference initial) {
    RoundRules rules = context.job().round();
    book.start();
    evaluate(
        Plans.initialEvaluation(context.job()),
        initial,
        finished -> {
          book.initial(initial.digest(), finished);
          if (owner.halt().isEmpty()
              && finished.tasks().size() < rules.quorum()
              && connected.size() < rules.quorum()) {
            owner.end(
                RunState.FAILED,
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
      EvaluationPlan plan, ModelReference model, Consumer<EvaluationState.Finished> then) {
    report.state = "evaluating";
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
    if (owner.halt().isPresent()) {
      owner.haltWhenIdle();
    } else if (report.head.orElseThrow().round() >= context.job().rounds()) {
      owner.end(RunState.COMPLETED, null);
    } else {
      report.round = report.head.orElseThrow().round() + 1;
      book.start();
      train(report.head.orElseThrow(), Optional.empty());
    }
  }

  private void train(ModelReference base, Optional<Recovered> recovered) {
    report.state = "training";
    open(
        new RoundDriver(
            context,
            Plans.round(context.job(), context.pace(), report.round),
            base,
            recovered,
            new RoundAudience(base)));
  }

  private void open(Phase next) {
    phase = Optional.of(next);
    next.begin(new TreeSet<>(connected));
    owner.opened();
  }

  /** What happens to a round's attempts and end. */
  private final class RoundAudience implements RoundDriver.Audience {
    private final ModelReference base;
    private RoundEffect.RecordAttempt committed;

    RoundAudience(ModelReference base) {
      this.base = base;
    }

    @Override
    public void attemptEnded(RoundEffect.RecordAttempt attempt) {
      if (attempt.modelDigest().isPresent()) {
        committed = attempt;
        return;
      }
      LOG.warn(
          "run={} round={} attempt={} aborted: {}",
          context.runId(),
          report.round,
          attempt.attempt(),
          attempt.reason());
      book.aborted(report.round, base.digest(), attempt);
    }

    @Override
    public void roundEnded(RoundState ended, Optional<ModelReference> published) {
      phase = Optional.empty();
      context.activity().stopAll(context.now());
      if (ended instanceof RoundState.Aborted aborted) {
        owner
            .halt()
            .filter(wanted -> !wanted.isPause())
            .ifPresentOrElse(
                stopped -> owner.end(RunState.STOPPED, stopped.reason()),
                () ->
                    owner.end(
                        RunState.FAILED, "round " + report.round + " failed: " + aborted.reason()));
        return;
      }
      ModelReference model = published.orElseThrow();
      report.head = Optional.of(model);
      context.uploads().roundEnded(report.round);
      connected.forEach(site -> entries.newest(site, model.round()));
      if (owner.halt().isPresent()) { // it came while the model was being folded or published
        halted(owner.halt().get());
        return;
      }
      evaluate(Plans.evaluation(context.job(), report.round), model, this::evaluated);
    }

    /** A paused run is evaluated when it goes on, a stopped one never. */
    private void halted(Halt wanted) {
      if (wanted.isPause()) {
        owner.haltWhenIdle();
      } else {
        evaluated(
            new EvaluationState.Finished(
                "not evaluated: " + wanted.reason(), Collections.emptySortedMap()));
      }
    }

    @Override
    public void setAside() {
      owner.haltWhenIdle();
    }

    private void evaluated(EvaluationState.Finished evaluation) {
      book.committed(report.round, base.digest(), committed, evaluation);
      nextRound();
    }
  }
}
