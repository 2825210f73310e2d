package io.tributary.coordinator.job;

import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.Recovered;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundEvent;
import io.tributary.coordinator.round.RoundMachine;
import io.tributary.coordinator.round.RoundPlan;
import io.tributary.coordinator.round.RoundState;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays one training round: turns messages, timers and finished work into events for {@link
 * RoundMachine}, and performs its effects through the interfaces of {@link JobContext}: what
 * persists through {@link RoundLedger}, at once and before the next; what concerns updates through
 * {@link UploadDesk}. All calls come on the owner's thread.
 */
final class RoundDriver implements Phase, UploadDesk.Round {
  private static final Logger LOG = LoggerFactory.getLogger(RoundDriver.class);

  /** What the job hears of its round. */
  interface Audience {
    /** An attempt ended; a committed one is recorded after its evaluation. */
    void attemptEnded(RoundEffect.RecordAttempt attempt);

    /** The round ended; nothing follows. */
    void roundEnded(RoundState state, Optional<ModelReference> published);

    /** The round was to be paused and had to finish folding or publishing first: now it has. */
    void setAside();
  }

  private final JobContext context;
  private final RoundPlan plan;
  private final RoundMachine machine;
  private final ModelReference base;
  private final Optional<Recovered> recovered;
  private final TaskMessages messages;
  private final RoundLedger ledger;
  private final UploadDesk uploads;
  private final Audience audience;
  private RoundState state;
  private Runnable cancelWake = () -> {};
  private Optional<ModelReference> published = Optional.empty();
  private boolean ended;
  private boolean pausing;
  private boolean detached;

  /**
   * Makes the driver of one round.
   *
   * @param recovered what outlived a crash; empty for a round of which nothing is known
   */
  RoundDriver(
      JobContext context,
      RoundPlan plan,
      ModelReference base,
      Optional<Recovered> recovered,
      Audience audience) {
    this.context = context;
    this.plan = plan;
    this.machine = new RoundMachine(plan);
    this.base = base;
    this.recovered = recovered;
    this.messages = new TaskMessages(context);
    this.ledger = new RoundLedger(context, plan.round(), base.digest());
    this.uploads = new UploadDesk(context, this, base.digest(), messages);
    this.audience = audience;
    this.state = machine.initial();
  }

  @Override
  public void begin(SortedSet<SiteName> connected) {
    long now = context.now();
    apply(
        recovered
            .map(known -> machine.resume(now, connected, known))
            .orElseGet(() -> machine.step(state, new RoundEvent.Began(now, connected))));
  }

  @Override
  public void connected(SiteName site) {
    handle(new RoundEvent.SiteConnected(context.now(), site));
  }

  @Override
  public void disconnected(SiteName site) {
    context.activity().stopped(site, context.now());
    handle(new RoundEvent.SiteDisconnected(context.now(), site));
  }

  @Override
  public void stop(String reason) {
    handle(new RoundEvent.Stopped(context.now(), reason));
  }

  @Override
  public boolean pause(String reason) {
    pausing = true;
    if (state instanceof RoundState.Aggregating) {
      return false;
    }
    suspend();
    state
        .tasks()
        .forEach(
            (site, open) -> {
              // A commit that is under way still counts: its site is told when it has ended.
              if (!uploads.isCommitting(site)) {
                messages.withdraw(site, open, task(open.attempt()), reason);
              }
            });
    return true;
  }

  @Override
  public void suspend() {
    ledger.stopTime();
    abandon();
  }

  @Override
  public void abandon() {
    detached = true;
    ledger.abandon();
    cancelWake.run();
  }

  @Override
  public boolean owns(TaskId task) {
    return !ended
        && !detached
        && task.kind() == TaskId.Kind.TRAIN
        && task.round() == plan.round()
        && task.runId().equals(context.runId());
  }

  @Override
  public String label() {
    return state.label();
  }

  @Override
  public int attempt() {
    return state.attempt();
  }

  @Override
  public SortedMap<SiteName, SiteTask> tasks() {
    return state.tasks();
  }

  @Override
  public void received(SiteName site, TaskId task, Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_ANSWER -> answered(site, task, message.getTaskAnswer());
      case TASK_PROGRESS -> progressed(site, task, message.getTaskProgress());
      case UPLOAD_OFFER -> uploads.offered(site, task, message.getUploadOffer());
      case UPLOAD_COMMIT -> uploads.committed(site, task);
      default ->
          throw new ProtocolException(
              "a training task takes no " + message.getMessageCase() + " from a site");
    }
  }

  private void answered(SiteName site, TaskId task, TaskAnswer answer) {
    if (!isOpen(site, task)) {
      context.outcomes().answerOnce(site, task);
    } else if (answer.hasAccepted()) {
      messages.accepted(site, task, answer, base);
      handle(new RoundEvent.TaskAccepted(context.now(), site, task.attempt()));
    } else {
      String reason = OutcomeLog.oneLine(answer.getRefused().getReason());
      LOG.info("task={} site={} declined: {}", task, site, reason);
      handle(new RoundEvent.TaskRefused(context.now(), site, task.attempt(), reason));
    }
  }

  private void progressed(SiteName site, TaskId task, TaskProgress progress) {
    if (!isOpen(site, task)) {
      context.outcomes().answerOnce(site, task);
    } else if (progress.getStage() == TaskStage.TASK_STAGE_TRAINING) {
      context.activity().started(site, context.now());
      handle(
          new RoundEvent.WorkAdvanced(
              context.now(), site, task.attempt(), progress.getDone(), progress.getTotal()));
    } // uploads are seen by their chunks
  }

  /** Chunks of an update have arrived. */
  void uploadAdvanced(SiteName site, TaskId task, long doneBytes, long totalBytes) {
    if (isUploading(site, task)) {
      handle(
          new RoundEvent.UploadAdvanced(
              context.now(), site, task.attempt(), doneBytes, totalBytes));
    }
  }

  @Override
  public boolean isOpen(SiteName site, TaskId task) {
    SiteTask known = state.tasks().get(site);
    return !detached
        && known != null
        && known.attempt() == task.attempt()
        && known.state().isWorking();
  }

  @Override
  public boolean isPaused() {
    return pausing && detached;
  }

  @Override
  public boolean isUploading(SiteName site, TaskId task) {
    return isOpen(site, task) && state.tasks().get(site).state() instanceof SiteState.Uploading;
  }

  /**
   * Takes updates in the order of their rows, not of the news of them: a coordinator that dies now
   * finds that order in the ledger, and must find the same ones to be the cohort.
   */
  @Override
  public void durable(RoundEvent.UpdateDurable event) {
    if (!detached && plan.target() > plan.cohort() && isAwaited(event.site())) {
      UploadRow row = ledger.nextUpload();
      while (row != null && !isOf(row, event)) {
        if (row.state() == UploadRow.State.COMMITTED && isAwaited(row.site())) {
          handle(
              new RoundEvent.UpdateDurable(
                  event.nowMillis(), row.site(), row.attempt(), AttemptRows.receipt(row)));
        }
        row = ledger.nextUpload();
      }
    }
    handle(event);
  }

  private static boolean isOf(UploadRow row, RoundEvent.UpdateDurable event) {
    return row.site().equals(event.site()) && row.attempt() == event.attempt();
  }

  /** Whether an update of the site could still count. */
  private boolean isAwaited(SiteName site) {
    SiteTask known = state.tasks().get(site);
    return known != null
        && (known.state().isWorking() || known.state() instanceof SiteState.Dropped);
  }

  @Override
  public void handle(RoundEvent event) {
    if (!detached) { // else it comes of work that was under way when the round was put aside
      apply(machine.step(state, event));
    }
  }

  private void apply(Step<RoundState, RoundEffect> step) {
    if (!step.state().label().equals(state.label())) {
      LOG.info(
          "run={} round={} attempt={} {} -> {}",
          context.runId(),
          plan.round(),
          step.state().attempt(),
          state.label(),
          step.state().label());
    }
    state = step.state();
    ledger.follow(state);
    step.effects().forEach(this::perform);
    if (step.effects().stream().anyMatch(RoundEffect.OpenAttempt.class::isInstance)) {
      context.crash().reached(CrashMoment.TASKS_OFFERED);
    }
    if (state.isEnded() && !ended) {
      ended = true;
      cancelWake.run();
      audience.roundEnded(state, published);
    } else if (pausing && !ended && !(state instanceof RoundState.Aggregating)) {
      suspend();
      audience.setAside();
    }
  }

  private void perform(RoundEffect effect) {
    if (effect instanceof RoundEffect.Persist persist) {
      ledger.perform(persist);
    } else if (effect instanceof RoundEffect.Offer offer) {
      messages.offer(offer.site(), task(offer.attempt()), base, remainingMillis());
    } else if (effect instanceof RoundEffect.Conclude conclude) {
      messages.conclude(conclude, task(conclude.attempt()));
      if (conclude.receipt().isPresent()) {
        context.crash().reached(CrashMoment.RECEIPT_SENT);
      }
    } else if (effect instanceof RoundEffect.WakeAt wake) {
      cancelWake.run();
      cancelWake =
          context
              .timer()
              .schedule(wake.atMillis(), () -> handle(new RoundEvent.TimePassed(context.now())));
    } else if (effect instanceof RoundEffect.Fold fold) {
      fold(fold);
    } else if (effect instanceof RoundEffect.Publish publish) {
      publish(publish.attempt());
    } else if (effect instanceof RoundEffect.EraseUpload erase) {
      context.uploads().erase(erase.site(), task(erase.attempt()));
    } else if (effect instanceof RoundEffect.RecordAttempt attempt) {
      audience.attemptEnded(attempt);
    }
  }

  private void fold(RoundEffect.Fold fold) {
    context.activity().stopAll(context.now());
    List<FoldInput> inputs =
        fold.contributions().stream()
            .map(
                part ->
                    new FoldInput(
                        context.uploads().source(part.site(), task(part.attempt())),
                        part.receipt().weight(),
                        Digest.fromHex(part.receipt().updateDigest())))
            .toList();
    context
        .pending()
        .whenDone(
            context.models().fold(base, inputs),
            nothing -> handle(new RoundEvent.Folded(context.now(), fold.attempt())),
            failure -> aggregationFailed(fold.attempt(), "folding failed: ", failure));
  }

  private void publish(int attempt) {
    context
        .pending()
        .whenDone(
            context
                .models()
                .publish(ModelStore.Draft.of(plan.round(), attempt, base, state.tasks())),
            model -> published(attempt, model),
            failure -> publishingFailed(attempt, failure));
  }

  private void published(int attempt, ModelReference model) {
    published = Optional.of(model);
    handle(new RoundEvent.Published(context.now(), attempt, model.digest()));
  }

  /** What failed may be a step after the one that counts: then the model is the head already. */
  private void publishingFailed(int attempt, Throwable failure) {
    if (detached || !ledger.isPublished()) {
      aggregationFailed(attempt, "publishing failed: ", failure);
      return;
    }
    LOG.error(
        "run={} round={} is published but not described: {}",
        context.runId(),
        plan.round(),
        PendingWork.reason(failure));
    context
        .pending()
        .whenDone(
            context.models().reopen(context.ledger().head(context.runId()).orElseThrow()),
            model -> published(attempt, model),
            again -> {
              throw new IllegalStateException(
                  "the published model cannot be described: " + PendingWork.reason(again), again);
            });
  }

  /**
   * A disk that fails is not the attempt's fault: giving the attempt up would use up the round's
   * attempts, and with the last of them the accepted updates. So the process ends as it stands, and
   * the next one folds them.
   */
  private void aggregationFailed(int attempt, String what, Throwable failure) {
    String reason = what + PendingWork.reason(failure);
    if (failure instanceof IOException disk && !detached) {
      throw new UncheckedIOException(
          "run " + context.runId() + " round " + plan.round() + ": " + reason, disk);
    }
    LOG.error("run={} round={} attempt={} {}", context.runId(), plan.round(), attempt, reason);
    handle(new RoundEvent.AggregationFailed(context.now(), attempt, reason));
  }

  private long remainingMillis() {
    return state instanceof RoundState.Collecting collecting
        ? collecting.startedMillis() + plan.deadlineMillis() - context.now()
        : plan.deadlineMillis();
  }

  private TaskId task(int attempt) {
    return new TaskId(context.runId(), plan.round(), attempt, TaskId.Kind.TRAIN);
  }
}
