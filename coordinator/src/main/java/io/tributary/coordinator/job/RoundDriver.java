package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundEvent;
import io.tributary.coordinator.round.RoundMachine;
import io.tributary.coordinator.round.RoundPlan;
import io.tributary.coordinator.round.RoundState;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.Step;
import io.tributary.coordinator.round.UpdateReceipt;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays one training round: turns messages, timers and finished work into events for {@link
 * RoundMachine}, and performs its effects through the interfaces of {@link JobContext}. All calls
 * come on the owner's thread.
 */
final class RoundDriver implements Phase {
  private static final Logger LOG = LoggerFactory.getLogger(RoundDriver.class);

  /** What the job hears of its round. */
  interface Audience {
    /** An attempt ended; a committed one is recorded after its evaluation. */
    void attemptEnded(
        RoundEffect.RecordAttempt attempt, Map<SiteName, Map<String, Double>> metrics);

    /** The round ended; nothing follows. */
    void roundEnded(RoundState state, Optional<ModelReference> published);
  }

  private record Offered(Manifest manifest, long weight) {}

  private final JobContext context;
  private final RoundPlan plan;
  private final RoundMachine machine;
  private final ModelReference base;
  private final TaskMessages messages;
  private final UploadTerms terms;
  private final Audience audience;
  private final Map<SiteName, Offered> offered = new HashMap<>();
  private final Map<SiteName, Map<String, Double>> metrics = new HashMap<>();
  private SortedMap<SiteName, UpdateReceipt> contributions = new TreeMap<>();
  private RoundState state;
  private Runnable cancelWake = () -> {};
  private Optional<ModelReference> published = Optional.empty();
  private boolean ended;
  private boolean abandoned;

  RoundDriver(JobContext context, RoundPlan plan, ModelReference base, Audience audience) {
    this.context = context;
    this.plan = plan;
    this.machine = new RoundMachine(plan);
    this.base = base;
    this.messages = new TaskMessages(context);
    this.terms = new UploadTerms(context.job());
    this.audience = audience;
    this.state = machine.initial();
  }

  @Override
  public void begin(SortedSet<SiteName> connected) {
    handle(new RoundEvent.Began(context.now(), connected));
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
  public void abandon() {
    abandoned = true;
    cancelWake.run();
  }

  @Override
  public boolean owns(TaskId task) {
    return !ended
        && !abandoned
        && task.kind() == TaskId.Kind.TRAIN
        && task.round() == plan.round()
        && task.runId().equals(context.job().name());
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
      case UPLOAD_OFFER -> uploadOffered(site, task, message.getUploadOffer());
      case UPLOAD_COMMIT -> committed(site, task);
      default ->
          throw new ProtocolException(
              "a training task takes no " + message.getMessageCase() + " from a site");
    }
  }

  private void answered(SiteName site, TaskId task, TaskAnswer answer) {
    if (!isOpen(site, task)) {
      context.outcomes().answerAgain(site, task);
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
      context.outcomes().answerAgain(site, task);
    } else if (progress.getStage() == TaskStage.TASK_STAGE_TRAINING) {
      context.activity().started(site, context.now());
      handle(
          new RoundEvent.WorkAdvanced(
              context.now(), site, task.attempt(), progress.getDone(), progress.getTotal()));
    } // uploads are seen by their chunks
  }

  private void uploadOffered(SiteName site, TaskId task, UploadOffer offer) {
    Manifest manifest = Manifest.fromProto(offer.getUpdate(), context.limits());
    context.activity().stopped(site, context.now());
    handle(
        new RoundEvent.UploadAdvanced(
            context.now(), site, task.attempt(), 0, manifest.totalBytes()));
    if (!isUploading(site, task)) {
      return; // the machine has answered
    }
    Optional<String> violation =
        terms.violation(manifest, offer.getWeight(), offer.getMetricsMap());
    if (violation.isPresent()) {
      refuse(site, task, violation.get());
      return;
    }
    offered.put(site, new Offered(manifest, offer.getWeight()));
    metrics.put(site, Map.copyOf(offer.getMetricsMap()));
    whenDone(
        context.uploads().open(site, task, manifest),
        lacking -> {
          if (isUploading(site, task)) {
            messages.status(site, task, lacking);
          }
        },
        reason -> refuse(site, task, "the coordinator cannot spool the update: " + reason));
  }

  private void committed(SiteName site, TaskId task) {
    Offered upload = offered.get(site);
    if (!isOpen(site, task)) {
      // Answered by what the machine knows of the task: the same receipt, or why there is none.
      handle(new RoundEvent.UploadAdvanced(context.now(), site, task.attempt(), 0, 0));
      return;
    }
    if (upload == null || !isUploading(site, task)) { // nobody could answer it: the site would wait
      throw new ProtocolException("task " + task + ": commit before an upload was offered");
    }
    whenDone(
        context
            .uploads()
            .commit(
                site,
                task,
                new UploadStore.UploadFacts(
                    upload.manifest(),
                    upload.weight(),
                    metrics.getOrDefault(site, Map.of()),
                    base.digest())),
        commit -> {
          if (commit instanceof UploadStore.Commit.Durable durable) {
            handle(
                new RoundEvent.UpdateDurable(
                    context.now(), site, task.attempt(), durable.receipt()));
          } else if (commit instanceof UploadStore.Commit.Refused refused) {
            refuse(site, task, refused.reason());
          } else if (commit instanceof UploadStore.Commit.Incomplete incomplete) {
            messages.status(site, task, incomplete.lacking());
          } else if (commit instanceof UploadStore.Commit.Closed) {
            handle(new RoundEvent.UploadAdvanced(context.now(), site, task.attempt(), 0, 0));
          }
        },
        reason -> refuse(site, task, "the coordinator cannot keep the update: " + reason));
  }

  private void refuse(SiteName site, TaskId task, String reason) {
    LOG.warn("task={} site={} update refused: {}", task, site, reason);
    handle(new RoundEvent.UpdateRefused(context.now(), site, task.attempt(), reason));
  }

  /** Chunks of an update have arrived. */
  void uploadAdvanced(SiteName site, TaskId task, long doneBytes, long totalBytes) {
    if (isUploading(site, task)) {
      handle(
          new RoundEvent.UploadAdvanced(
              context.now(), site, task.attempt(), doneBytes, totalBytes));
    }
  }

  private boolean isOpen(SiteName site, TaskId task) {
    SiteTask known = state.tasks().get(site);
    return known != null && known.attempt() == task.attempt() && known.state().isWorking();
  }

  private boolean isUploading(SiteName site, TaskId task) {
    return isOpen(site, task) && state.tasks().get(site).state() instanceof SiteState.Uploading;
  }

  private void handle(RoundEvent event) {
    if (abandoned) {
      return; // of work that was under way: the machine's state is not to be trusted any more
    }
    Step<RoundState, RoundEffect> step = machine.step(state, event);
    if (!step.state().label().equals(state.label())) {
      LOG.info(
          "run={} round={} attempt={} {} -> {}",
          context.job().name(),
          plan.round(),
          step.state().attempt(),
          state.label(),
          step.state().label());
    }
    state = step.state();
    step.effects().forEach(this::perform);
    if (state.isEnded() && !ended) {
      ended = true;
      cancelWake.run();
      audience.roundEnded(state, published);
    }
  }

  private void perform(RoundEffect effect) {
    if (effect instanceof RoundEffect.Offer offer) {
      messages.offer(offer.site(), task(offer.attempt()), base, remainingMillis());
    } else if (effect instanceof RoundEffect.Conclude conclude) {
      messages.conclude(conclude, task(conclude.attempt()));
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
      audience.attemptEnded(attempt, metrics);
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
                        part.receipt().weight()))
            .toList();
    contributions = new TreeMap<>();
    fold.contributions().forEach(part -> contributions.put(part.site(), part.receipt()));
    whenDone(
        context.models().fold(base, inputs),
        nothing -> handle(new RoundEvent.Folded(context.now(), fold.attempt())),
        reason -> aggregationFailed(fold.attempt(), "folding failed: " + reason));
  }

  private void publish(int attempt) {
    whenDone(
        context
            .models()
            .publish(
                new ModelStore.Draft(plan.round(), attempt, base, contributions, new TreeMap<>())),
        model -> {
          published = Optional.of(model);
          handle(new RoundEvent.Published(context.now(), attempt, model.digest()));
        },
        reason -> aggregationFailed(attempt, "publishing failed: " + reason));
  }

  private void aggregationFailed(int attempt, String reason) {
    LOG.error("run={} round={} attempt={} {}", context.job().name(), plan.round(), attempt, reason);
    handle(new RoundEvent.AggregationFailed(context.now(), attempt, reason));
  }

  private <T> void whenDone(
      CompletableFuture<T> future,
      java.util.function.Consumer<T> done,
      java.util.function.Consumer<String> failed) {
    Futures.whenDone(future, context.owner(), done, failed);
  }

  private long remainingMillis() {
    return state instanceof RoundState.Collecting collecting
        ? collecting.startedMillis() + plan.deadlineMillis() - context.now()
        : plan.deadlineMillis();
  }

  private TaskId task(int attempt) {
    return new TaskId(context.job().name(), plan.round(), attempt, TaskId.Kind.TRAIN);
  }
}
