package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.Contribution;
import io.tributary.coordinator.round.RoundState.Aborted;
import io.tributary.coordinator.round.RoundState.Aggregating;
import io.tributary.coordinator.round.RoundState.Collecting;
import io.tributary.coordinator.round.RoundState.Roster;
import io.tributary.coordinator.round.RoundState.Selecting;
import io.tributary.coordinator.round.RoundState.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * One training round as a pure function {@code (state, event) → (state, effects)}: no clock, no
 * network, no disk. {@code RoundDriver} performs the effects, under Netty or in a test with a fake
 * clock.
 *
 * <pre>
 * Selecting ──Began──────────────► Collecting   enough eligible sites: target are asked
 *     └──────────────────────────► Waiting      too few
 * Waiting ────SiteConnected──────► Collecting   target are there, or quorum after the gather time
 *     └───────TimePassed─────────► Aborted(last)     still no quorum after the start wait
 * Collecting ─any────────────────► Aggregating  cohort updates are durable; or quorum is met and
 *     │                                         nobody selected still works; or the deadline
 *     │                                         passed with quorum
 *     └───────any────────────────► Aborted      deadline without quorum, or nobody works any more
 * Aggregating ─Published─────────► Committed
 *     └───────AggregationFailed──► Aborted;  TimePassed beyond its limit ► Aborted(last)
 * Aborted ────TimePassed─────────► Collecting | Waiting | Aggregating  (next attempt, after a pause)
 * Aggregating ─Stopped───────────► Aggregating  it commits or aborts for the last time
 * any other but Committed, Aborted(last) ──Stopped──► Aborted(last)
 * </pre>
 *
 * <p>What must outlive a crash is a {@link RoundEffect.Persist} and comes before what it allows:
 * the attempt before its offers, a refusal before its answer, the settled cohort before the fold,
 * an abort before anybody is told. {@link #resume} goes on from what those effects wrote.
 *
 * <p>An aborted attempt's durable updates are retained and count in the next attempt, which
 * replaces only the missing sites; sites that refused, or whose update failed a check, are not
 * asked again in the round. Events are taken one at a time, so the durable update that makes the
 * cohort complete closes the round and never more than {@code cohort} are folded: one that becomes
 * durable after that is late, is not folded, and its site is told so. Every waiting state has a
 * {@link RoundEffect.WakeAt}: with nothing but time passing, every round ends.
 */
public final class RoundMachine {
  private final RoundPlan plan;

  /** Makes the machine of one round. */
  public RoundMachine(RoundPlan plan) {
    this.plan = plan;
  }

  /** The state before the first event. */
  public RoundState initial() {
    return new Selecting();
  }

  /** The rules of the round. */
  public RoundPlan plan() {
    return plan;
  }

  /** Answers one event. Never throws for an event that does not fit: it is answered or ignored. */
  public Step<RoundState, RoundEffect> step(RoundState state, RoundEvent event) {
    List<RoundEffect> effects = new ArrayList<>();
    RoundState next = next(state, event, effects);
    OptionalLong wake = wakeAt(next);
    if (wake.isPresent() && !wake.equals(wakeAt(state))) {
      effects.add(new RoundEffect.WakeAt(wake.getAsLong()));
    }
    return new Step<>(next, effects);
  }

  /**
   * Re-opens the round where it stood when its coordinator died: same selection, same updates, the
   * rest of its deadline.
   *
   * @param nowMillis the grace of everybody who is not connected starts now
   * @param connected sites connected now
   * @param known what outlived the crash
   */
  public Step<RoundState, RoundEffect> resume(
      long nowMillis, SortedSet<SiteName> connected, Recovered known) {
    List<RoundEffect> effects = new ArrayList<>();
    RoundState next =
        switch (known.stage()) {
          case OPEN -> reopen(nowMillis, connected, known, effects);
          case CLOSED -> refold(nowMillis, connected, known, effects);
          case ABORTED ->
              new Aborted(
                  known.roster(connected, plan.cohort()),
                  known.reason(),
                  false,
                  nowMillis,
                  known.tasks());
        };
    wakeAt(next).ifPresent(wake -> effects.add(new RoundEffect.WakeAt(wake)));
    return new Step<>(next, effects);
  }

  private RoundState reopen(
      long now, SortedSet<SiteName> connected, Recovered known, List<RoundEffect> effects) {
    SiteTasks tasks =
        known
            .counting(plan.cohort())
            .mapped(
                (site, task) ->
                    task.state() instanceof SiteState.Offered && !connected.contains(site)
                        ? task.lostAt(now)
                        : task);
    Roster roster = known.roster(connected, plan.cohort());
    RoundState next = settle(roster, now - known.elapsedMillis(), now, tasks, effects);
    if (next instanceof Collecting collecting) {
      collecting
          .tasks()
          .forEach(
              (site, task) -> {
                if (task.state().isWorking() && task.lostAtMillis().isEmpty()) {
                  effects.add(new RoundEffect.Offer(site, task.attempt()));
                }
              });
    }
    return next;
  }

  private RoundState refold(
      long now, SortedSet<SiteName> connected, Recovered known, List<RoundEffect> effects) {
    Roster roster = known.roster(connected, plan.cohort());
    List<Contribution> contributions = AttemptEnds.contributions(known.tasks());
    if (contributions.size() < plan.quorum()) { // its operator took damaged updates out
      String reason = "only " + contributions.size() + " updates are left of those that closed it";
      boolean last = known.attempt() >= plan.maxAttempts();
      return AttemptEnds.abort(roster, now, reason, last, known.tasks(), effects);
    }
    effects.add(new RoundEffect.Fold(known.attempt(), contributions));
    return new Aggregating(roster, now, known.reason(), false, false, known.tasks());
  }

  private RoundState next(RoundState state, RoundEvent event, List<RoundEffect> effects) {
    if (state.isEnded()) {
      TaskTransitions.answer(state.tasks(), event, effects);
      return state;
    }
    if (event instanceof RoundEvent.Stopped stopped) {
      // The fold is reading the updates and the head may move any moment: that is bounded and is
      // finished, so that the record says what became of the model.
      return state instanceof Aggregating aggregating
          ? aggregating.stoppedAfterwards()
          : AttemptEnds.stop(state, stopped, effects);
    }
    if (state instanceof Collecting collecting) {
      return collect(collecting, event, effects);
    }
    if (state instanceof Aggregating aggregating) {
      return aggregate(aggregating, event, effects);
    }
    TaskTransitions.answer(state.tasks(), event, effects);
    if (state instanceof Selecting) {
      return event instanceof RoundEvent.Began began
          ? start(
              new Roster(1, began.connected(), new TreeMap<>(), new TreeMap<>()),
              began.nowMillis(),
              began.nowMillis(),
              effects)
          : state;
    }
    if (state instanceof Waiting waiting) {
      Roster roster = connections(waiting.roster(), event);
      return start(roster, waiting.sinceMillis(), event.nowMillis(), effects);
    }
    Aborted aborted = (Aborted) state;
    Roster roster = connections(aborted.roster(), event);
    if (event.nowMillis() - aborted.sinceMillis() >= plan.retryPauseMillis()) {
      Roster fresh =
          new Roster(
              roster.attempt() + 1, roster.connected(), roster.retained(), roster.excluded());
      return start(fresh, event.nowMillis(), event.nowMillis(), effects);
    }
    return new Aborted(roster, aborted.reason(), false, aborted.sinceMillis(), aborted.tasks());
  }

  private static Roster connections(Roster roster, RoundEvent event) {
    if (event instanceof RoundEvent.SiteConnected connected) {
      return roster.with(connected.site());
    }
    if (event instanceof RoundEvent.SiteDisconnected disconnected) {
      return roster.without(disconnected.site());
    }
    return roster;
  }

  /** Selects if enough sites are there, waits if not, gives up when the wait is over. */
  private RoundState start(Roster roster, long sinceMillis, long now, List<RoundEffect> effects) {
    int eligible = roster.eligibleCount();
    int retained = roster.retained().size();
    int wanted = retained >= plan.cohort() ? 0 : plan.target() - retained;
    boolean gathered = now - sinceMillis >= plan.gatherMillis();
    if (eligible >= wanted || (gathered && retained + eligible >= plan.quorum())) {
      SortedSet<SiteName> selected =
          Selection.select(plan.seed(), plan.round(), roster.attempt(), roster.eligible(), wanted);
      SortedMap<SiteName, SiteTask> tasks = new TreeMap<>(roster.retained());
      selected.forEach(site -> tasks.put(site, SiteTask.offered(roster.attempt())));
      effects.add(new RoundEffect.OpenAttempt(roster.attempt(), roster.known(tasks)));
      selected.forEach(site -> effects.add(new RoundEffect.Offer(site, roster.attempt())));
      return settle(roster, now, now, SiteTasks.copyOf(tasks), effects);
    }
    if (now - sinceMillis >= plan.startWaitMillis()) {
      String reason =
          "only "
              + (retained + eligible)
              + " of at least "
              + plan.quorum()
              + " sites could take part within "
              + plan.startWaitMillis()
              + " ms";
      return AttemptEnds.giveUp(roster, now, reason);
    }
    return new Waiting(roster, sinceMillis);
  }

  private RoundState collect(Collecting state, RoundEvent event, List<RoundEffect> effects) {
    SiteTasks tasks = SiteTasks.copyOf(state.tasks());
    Roster roster = connections(state.roster(), event);
    if (event instanceof RoundEvent.SiteConnected connected) {
      SiteName site = connected.site();
      SiteTask task = tasks.get(site);
      if (task != null) {
        tasks = tasks.with(site, TaskTransitions.welcomeBack(site, task, effects));
      }
    } else if (event instanceof RoundEvent.SiteDisconnected disconnected) {
      SiteTask task = tasks.get(disconnected.site());
      if (task != null && task.state().isWorking() && task.lostAtMillis().isEmpty()) {
        tasks = tasks.with(disconnected.site(), task.lostAt(event.nowMillis()));
      }
    } else if (event instanceof RoundEvent.OfTask taskEvent) {
      SiteTask task = tasks.get(taskEvent.site());
      if (task != null
          && task.attempt() == taskEvent.attempt()
          && TaskTransitions.isOpen(task.state())) {
        tasks = tasks.with(taskEvent.site(), TaskTransitions.advance(task, taskEvent, effects));
      } else {
        TaskTransitions.answer(tasks, event, effects);
      }
    }
    return settle(roster, state.startedMillis(), event.nowMillis(), tasks, effects);
  }

  /** Decides after every event whether the round goes on, closes or aborts. */
  private RoundState settle(
      Roster roster, long startedMillis, long now, SiteTasks found, List<RoundEffect> effects) {
    SiteTasks tasks = found.expired(now, plan.rejoinGraceMillis());
    int durable = tasks.durable();
    boolean overdue = now - startedMillis >= plan.deadlineMillis();
    String closing;
    if (durable >= plan.cohort()) {
      closing = "the cohort of " + plan.cohort() + " updates was complete";
    } else if (overdue) {
      closing = "the deadline of " + plan.deadlineMillis() + " ms passed";
    } else if (tasks.working() == 0) {
      closing = "nobody selected was still working";
    } else {
      return new Collecting(roster, startedMillis, tasks);
    }
    if (durable < plan.quorum()) {
      String reason = closing + " with " + durable + " updates of a quorum of " + plan.quorum();
      return AttemptEnds.abort(
          roster, now, reason, roster.attempt() >= plan.maxAttempts(), tasks, effects);
    }
    return AttemptEnds.close(
        roster, now, closing + " with " + durable + " updates", tasks, effects);
  }

  private RoundState aggregate(Aggregating state, RoundEvent event, List<RoundEffect> effects) {
    Roster roster = connections(state.roster(), event);
    if (event instanceof RoundEvent.Folded folded
        && folded.attempt() == state.attempt()
        && !state.folded()) {
      effects.add(new RoundEffect.Publish(state.attempt()));
      return state.publishing(roster);
    }
    if (event instanceof RoundEvent.Published published
        && published.attempt() == state.attempt()
        && state.folded()) {
      return AttemptEnds.commit(state, published, effects);
    }
    if (event instanceof RoundEvent.AggregationFailed failed
        && failed.attempt() == state.attempt()) {
      boolean last = state.stopping() || state.attempt() >= plan.maxAttempts();
      return AttemptEnds.abort(
          roster, event.nowMillis(), failed.reason(), last, state.tasks(), effects);
    }
    if (event.nowMillis() - state.sinceMillis() >= plan.aggregationLimitMillis()) {
      String reason =
          "folding and publishing took more than " + plan.aggregationLimitMillis() + " ms";
      return AttemptEnds.abort(roster, event.nowMillis(), reason, true, state.tasks(), effects);
    }
    TaskTransitions.answer(state.tasks(), event, effects);
    return state.connectedTo(roster);
  }

  /** When the state needs to hear of the time; every state that can last has one. */
  private OptionalLong wakeAt(RoundState state) {
    if (state instanceof Waiting waiting) {
      int there = waiting.roster().retained().size() + waiting.roster().eligibleCount();
      return OptionalLong.of(
          waiting.sinceMillis()
              + (there >= plan.quorum() ? plan.gatherMillis() : plan.startWaitMillis()));
    }
    if (state instanceof Collecting collecting) {
      long deadline = collecting.startedMillis() + plan.deadlineMillis();
      OptionalLong away = SiteTasks.copyOf(collecting.tasks()).firstAwayMillis();
      return OptionalLong.of(
          away.isEmpty()
              ? deadline
              : Math.min(deadline, away.getAsLong() + plan.rejoinGraceMillis()));
    }
    if (state instanceof Aggregating aggregating) {
      return OptionalLong.of(aggregating.sinceMillis() + plan.aggregationLimitMillis());
    }
    if (state instanceof Aborted aborted && !aborted.last()) {
      return OptionalLong.of(aborted.sinceMillis() + plan.retryPauseMillis());
    }
    return OptionalLong.empty();
  }
}
