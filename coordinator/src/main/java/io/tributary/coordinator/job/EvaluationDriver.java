package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.coordinator.round.EvaluationEvent;
import io.tributary.coordinator.round.EvaluationMachine;
import io.tributary.coordinator.round.EvaluationPlan;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.HeldOutLoss;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundEvent;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.Step;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Consumer;

/** Plays one federated evaluation, as {@link RoundDriver} plays a round. */
final class EvaluationDriver implements Phase {
  private static final int ATTEMPT = 1;

  private final JobContext context;
  private final EvaluationPlan plan;
  private final EvaluationMachine machine;
  private final ModelReference model;
  private final TaskMessages messages;
  private final TaskId task;
  private final Consumer<EvaluationState.Finished> audience;
  private EvaluationState state;
  private Runnable cancelWake = () -> {};
  private boolean ended;

  EvaluationDriver(
      JobContext context,
      EvaluationPlan plan,
      ModelReference model,
      Consumer<EvaluationState.Finished> audience) {
    this.context = context;
    this.plan = plan;
    this.machine = new EvaluationMachine(plan);
    this.model = model;
    this.messages = new TaskMessages(context);
    this.task = new TaskId(context.runId(), plan.round(), ATTEMPT, TaskId.Kind.EVALUATE);
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
  public boolean pause(String reason) {
    ended = true;
    cancelWake.run();
    state
        .tasks()
        .forEach((site, open) -> messages.withdraw(site, open, task, reason)); // measured anew
    return true;
  }

  @Override
  public void suspend() {
    abandon();
  }

  @Override
  public void abandon() {
    ended = true;
    cancelWake.run();
  }

  @Override
  public boolean owns(TaskId other) {
    return !ended && task.equals(other);
  }

  @Override
  public String label() {
    return state.label();
  }

  @Override
  public int attempt() {
    return ATTEMPT;
  }

  @Override
  public SortedMap<SiteName, SiteTask> tasks() {
    return state.tasks();
  }

  @Override
  public void received(SiteName site, TaskId id, Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_ANSWER -> answered(site, message.getTaskAnswer());
      case TASK_PROGRESS -> progressed(site, message.getTaskProgress());
      case EVALUATION_REPORT -> reported(site, message.getEvaluationReport());
      default ->
          throw new ProtocolException(
              "an evaluation task takes no " + message.getMessageCase() + " from a site");
    }
  }

  private void answered(SiteName site, TaskAnswer answer) {
    if (!isOpen(site)) {
      context.outcomes().answerOnce(site, task);
    } else if (answer.hasAccepted()) {
      messages.accepted(site, task, answer, model);
      handle(new RoundEvent.TaskAccepted(context.now(), site, ATTEMPT));
    } else {
      String reason = OutcomeLog.oneLine(answer.getRefused().getReason());
      handle(new RoundEvent.TaskRefused(context.now(), site, ATTEMPT, reason));
    }
  }

  private void progressed(SiteName site, TaskProgress progress) {
    if (!isOpen(site)) {
      context.outcomes().answerOnce(site, task);
    } else if (progress.getStage() == TaskStage.TASK_STAGE_EVALUATING) {
      context.activity().started(site, context.now());
      handle(
          new RoundEvent.WorkAdvanced(
              context.now(), site, ATTEMPT, progress.getDone(), progress.getTotal()));
    }
  }

  private void reported(SiteName site, EvaluationReport report) {
    context.activity().stopped(site, context.now());
    EvaluationEvent event;
    try {
      HeldOutLoss loss = new HeldOutLoss(report.getNatsTotal(), report.getByteCount());
      event = new EvaluationEvent.Reported(context.now(), site, loss);
    } catch (IllegalArgumentException e) {
      event = new EvaluationEvent.ReportRefused(context.now(), site, e.getMessage());
    }
    handle(event);
  }

  private boolean isOpen(SiteName site) {
    SiteTask known = state.tasks().get(site);
    return known != null && known.state().isWorking();
  }

  private void handle(EvaluationEvent event) {
    if (ended) {
      return; // nothing reaches an ended phase but work that was under way when it was abandoned
    }
    Step<EvaluationState, RoundEffect.OfTask> step = machine.step(state, event);
    state = step.state();
    step.effects().forEach(this::perform);
    if (state instanceof EvaluationState.Finished finished && !ended) {
      ended = true;
      cancelWake.run();
      audience.accept(finished);
    }
  }

  private void perform(RoundEffect.OfTask effect) {
    if (effect instanceof RoundEffect.Offer offer) {
      messages.offer(offer.site(), task, model, remainingMillis());
    } else if (effect instanceof RoundEffect.Conclude conclude) {
      messages.conclude(conclude, task);
    } else if (effect instanceof RoundEffect.WakeAt wake) {
      cancelWake.run();
      cancelWake =
          context
              .timer()
              .schedule(wake.atMillis(), () -> handle(new RoundEvent.TimePassed(context.now())));
    }
  }

  private long remainingMillis() {
    return state instanceof EvaluationState.Evaluating evaluating
        ? evaluating.startedMillis() + plan.deadlineMillis() - context.now()
        : plan.deadlineMillis();
  }
}
