package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.EvaluationState.Evaluating;
import io.tributary.coordinator.round.EvaluationState.Finished;
import io.tributary.coordinator.round.EvaluationState.Gathering;
import io.tributary.coordinator.round.EvaluationState.Idle;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One federated evaluation as a pure function: every connected site measures the model on its own
 * held-out part and reports a sum.
 *
 * <pre>
 * Idle ───────Began─────────► Gathering | Evaluating | Finished
 * Gathering ──SiteConnected─► Evaluating   the wanted sites are there
 *     └───────TimePassed────► Evaluating   with whoever is there; Finished if nobody is
 * Evaluating ─any───────────► Finished     all have reported, refused or are gone for longer than
 *                                          the rejoin grace; or the deadline passed
 * any but Finished ─Stopped─► Finished
 * </pre>
 *
 * <p>No quorum: a missing report makes the measurement cover fewer bytes, never wrong. A site that
 * connects while it is open is asked as well. Attempts are always 1.
 */
public final class EvaluationMachine {
  private static final int ATTEMPT = 1;

  private final EvaluationPlan plan;

  /** Makes the machine of one evaluation. */
  public EvaluationMachine(EvaluationPlan plan) {
    this.plan = plan;
  }

  /** The state before the first event. */
  public EvaluationState initial() {
    return new Idle();
  }

  /** Answers one event. Never throws for an event that does not fit: it is answered or ignored. */
  public Step<EvaluationState, RoundEffect.OfTask> step(
      EvaluationState state, EvaluationEvent event) {
    List<RoundEffect.OfTask> effects = new ArrayList<>();
    EvaluationState next = next(state, event, effects);
    OptionalLong wake = wakeAt(next);
    if (wake.isPresent() && !wake.equals(wakeAt(state))) {
      effects.add(new RoundEffect.WakeAt(wake.getAsLong()));
    }
    return new Step<>(next, effects);
  }

  private EvaluationState next(
      EvaluationState state, EvaluationEvent event, List<RoundEffect.OfTask> effects) {
    if (state instanceof Finished) {
      answer(state.tasks(), event, effects);
      return state;
    }
    if (event instanceof RoundEvent.Stopped stopped) {
      return finish(stopped.reason(), Outcome.WITHDRAWN, SiteTasks.copyOf(state.tasks()), effects);
    }
    if (state instanceof Idle) {
      return event instanceof RoundEvent.Began began
          ? gather(began.connected(), began.nowMillis(), began.nowMillis(), effects)
          : state;
    }
    if (state instanceof Gathering gathering) {
      SortedSet<SiteName> connected = new TreeSet<>(gathering.connected());
      if (event instanceof RoundEvent.SiteConnected joined) {
        connected.add(joined.site());
      } else if (event instanceof RoundEvent.SiteDisconnected gone) {
        connected.remove(gone.site());
      }
      return gather(connected, gathering.sinceMillis(), event.nowMillis(), effects);
    }
    return evaluate((Evaluating) state, event, effects);
  }

  private EvaluationState gather(
      SortedSet<SiteName> connected, long sinceMillis, long now, List<RoundEffect.OfTask> effects) {
    boolean gathered = now - sinceMillis >= plan.gatherMillis();
    if (connected.size() < plan.wantedSites() && !gathered) {
      return new Gathering(connected, sinceMillis);
    }
    if (connected.isEmpty()) {
      return new Finished(
          "no site was connected within " + plan.gatherMillis() + " ms", SiteTasks.EMPTY);
    }
    TreeMap<SiteName, SiteTask> tasks = new TreeMap<>();
    for (SiteName site : connected) {
      tasks.put(site, SiteTask.offered(ATTEMPT));
      effects.add(new RoundEffect.Offer(site, ATTEMPT));
    }
    return new Evaluating(now, tasks);
  }

  private EvaluationState evaluate(
      Evaluating state, EvaluationEvent event, List<RoundEffect.OfTask> effects) {
    SiteTasks tasks = SiteTasks.copyOf(state.tasks());
    if (event instanceof RoundEvent.SiteConnected joined) {
      tasks = join(joined.site(), tasks, effects);
    } else if (event instanceof RoundEvent.SiteDisconnected gone) {
      SiteTask task = tasks.get(gone.site());
      if (task != null && task.state().isWorking() && task.lostAtMillis().isEmpty()) {
        tasks = tasks.with(gone.site(), task.lostAt(event.nowMillis()));
      }
    } else if (event instanceof EvaluationEvent.OfTask taskEvent) {
      SiteTask task = tasks.get(taskEvent.site());
      if (task != null && task.state().isWorking() && task.lostAtMillis().isEmpty()) {
        tasks = tasks.with(taskEvent.site(), advance(task, taskEvent, effects));
      } else {
        answer(tasks, event, effects);
      }
    }
    long now = event.nowMillis();
    tasks = tasks.expired(now, plan.rejoinGraceMillis());
    if (tasks.working() == 0) {
      return finish("every site has answered or is gone", Outcome.LATE, tasks, effects);
    }
    if (now - state.startedMillis() >= plan.deadlineMillis()) {
      return finish(
          "the evaluation deadline of " + plan.deadlineMillis() + " ms passed",
          Outcome.LATE,
          tasks,
          effects);
    }
    return new Evaluating(state.startedMillis(), tasks);
  }

  private static SiteTasks join(SiteName site, SiteTasks tasks, List<RoundEffect.OfTask> effects) {
    SiteTask task = tasks.get(site);
    if (task != null && !task.state().isWorking() && !(task.state() instanceof SiteState.Dropped)) {
      effects.add(conclusion(site, task)); // it may have gone before it heard
      return tasks;
    }
    effects.add(new RoundEffect.Offer(site, ATTEMPT));
    return tasks.with(site, task == null ? SiteTask.offered(ATTEMPT) : task.reoffered());
  }

  private static SiteTask advance(
      SiteTask task, EvaluationEvent.OfTask event, List<RoundEffect.OfTask> effects) {
    SiteTask next = task;
    if (event instanceof RoundEvent.TaskRefused refused) {
      return task.with(SiteState.Refused.declined(refused.reason()));
    } else if (event instanceof RoundEvent.TaskAccepted) {
      return task.state() instanceof SiteState.Offered ? task.with(new SiteState.Accepted()) : task;
    } else if (event instanceof RoundEvent.WorkAdvanced work) {
      return task.with(new SiteState.Evaluating(work.done(), work.total()));
    } else if (event instanceof EvaluationEvent.Reported reported) {
      next = task.with(new SiteState.Reported(reported.loss()));
    } else if (event instanceof EvaluationEvent.ReportRefused refused) {
      next = task.with(new SiteState.Refused(refused.reason()));
    }
    effects.add(conclusion(event.site(), next));
    return next;
  }

  private static Finished finish(
      String reason, Outcome outcome, SiteTasks tasks, List<RoundEffect.OfTask> effects) {
    tasks.forEach(
        (site, task) -> {
          if (task.state().isWorking() || task.state() instanceof SiteState.Dropped) {
            effects.add(new RoundEffect.Conclude(site, ATTEMPT, outcome, reason, Optional.empty()));
          }
        });
    return new Finished(reason, tasks.mapped((site, task) -> task.closed(reason)));
  }

  /** Answers a report that can no longer change anything, so that its site does not wait. */
  private static void answer(
      SortedMap<SiteName, SiteTask> tasks,
      EvaluationEvent event,
      List<RoundEffect.OfTask> effects) {
    if (event instanceof EvaluationEvent.Reported
        || event instanceof EvaluationEvent.ReportRefused) {
      SiteName site = ((EvaluationEvent.OfTask) event).site();
      SiteTask task = tasks.get(site);
      effects.add(
          task == null || task.state().isWorking()
              ? new RoundEffect.Conclude(
                  site, ATTEMPT, Outcome.LATE, "the evaluation is over", Optional.empty())
              : conclusion(site, task));
    }
  }

  private static RoundEffect.Conclude conclusion(SiteName site, SiteTask task) {
    SiteState state = task.state();
    Outcome outcome = Outcome.LATE;
    if (state instanceof SiteState.Reported) {
      outcome = Outcome.ACCEPTED;
    } else if (state instanceof SiteState.Refused) {
      outcome = Outcome.REFUSED;
    }
    return new RoundEffect.Conclude(site, ATTEMPT, outcome, state.reason(), Optional.empty());
  }

  private OptionalLong wakeAt(EvaluationState state) {
    if (state instanceof Gathering gathering) {
      return OptionalLong.of(gathering.sinceMillis() + plan.gatherMillis());
    }
    if (state instanceof Evaluating evaluating) {
      long deadline = evaluating.startedMillis() + plan.deadlineMillis();
      OptionalLong away = SiteTasks.copyOf(evaluating.tasks()).firstAwayMillis();
      return OptionalLong.of(
          away.isEmpty()
              ? deadline
              : Math.min(deadline, away.getAsLong() + plan.rejoinGraceMillis()));
    }
    return OptionalLong.empty();
  }
}
