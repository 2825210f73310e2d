package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.Contribution;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import io.tributary.coordinator.round.RoundState.Aborted;
import io.tributary.coordinator.round.RoundState.Aggregating;
import io.tributary.coordinator.round.RoundState.Collecting;
import io.tributary.coordinator.round.RoundState.Committed;
import io.tributary.coordinator.round.RoundState.Roster;
import io.tributary.coordinator.round.RoundState.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How an attempt ends, whatever brought it to its end: what is persisted first, then who is told
 * what. {@link RoundMachine} decides when.
 */
final class AttemptEnds {
  private AttemptEnds() {}

  static Aggregating close(
      Roster roster, long now, String closing, SiteTasks tasks, List<RoundEffect> effects) {
    SiteTasks ended = tasks.mapped((site, task) -> task.closed(closing));
    List<Contribution> contributions = contributions(ended);
    SortedSet<SiteName> contributors = new TreeSet<>();
    contributions.forEach(part -> contributors.add(part.site()));
    effects.add(
        new RoundEffect.CloseAttempt(roster.attempt(), closing, contributors, roster.known(ended)));
    tasks.forEach(
        (site, task) -> TaskTransitions.release(site, task, Outcome.LATE, closing, effects));
    effects.add(new RoundEffect.Fold(roster.attempt(), contributions));
    return new Aggregating(roster, now, closing, false, false, ended);
  }

  static List<Contribution> contributions(SortedMap<SiteName, SiteTask> tasks) {
    List<Contribution> contributions = new ArrayList<>();
    tasks.forEach(
        (site, task) -> {
          if (task.state() instanceof SiteState.Durable durable) {
            contributions.add(new Contribution(site, task.attempt(), durable.receipt()));
          }
        });
    return List.copyOf(contributions);
  }

  static Committed commit(
      Aggregating state, RoundEvent.Published published, List<RoundEffect> effects) {
    SiteTasks tasks =
        SiteTasks.copyOf(state.tasks())
            .mapped(
                (site, task) ->
                    task.state() instanceof SiteState.Durable durable
                        ? task.with(new SiteState.Folded(durable.receipt()))
                        : task);
    Committed committed = new Committed(state.attempt(), published.modelDigest(), tasks);
    effects.add(
        new RoundEffect.RecordAttempt(
            state.attempt(),
            Optional.of(published.modelDigest()),
            state.closing(),
            committed.tasks()));
    return committed;
  }

  /** An opened attempt fails: that is durable before anybody is told and anything is erased. */
  static Aborted abort(
      Roster roster,
      long now,
      String reason,
      boolean last,
      SortedMap<SiteName, SiteTask> tasks,
      List<RoundEffect> effects) {
    SiteTasks ended = SiteTasks.copyOf(tasks).mapped((site, task) -> task.closed(reason));
    SortedMap<SiteName, SiteTask> retained = new TreeMap<>();
    SortedMap<SiteName, SiteTask> excluded = new TreeMap<>(roster.excluded());
    tasks.forEach(
        (site, task) -> {
          if (TaskTransitions.isDurable(task)) {
            retained.put(site, task);
          } else if (task.state() instanceof SiteState.Refused) {
            excluded.put(site, task);
          }
        });
    effects.add(
        new RoundEffect.AbortAttempt(
            roster.attempt(), reason, last, new TreeSet<>(retained.keySet()), roster.known(ended)));
    effects.add(new RoundEffect.RecordAttempt(roster.attempt(), Optional.empty(), reason, ended));
    tasks.forEach(
        (site, task) -> TaskTransitions.release(site, task, Outcome.WITHDRAWN, reason, effects));
    Roster next = new Roster(roster.attempt(), roster.connected(), retained, excluded);
    return new Aborted(next, reason, last, now, ended);
  }

  /** The round fails before its next attempt was opened: nobody is at work, nothing to record. */
  static Aborted giveUp(Roster roster, long now, String reason) {
    return new Aborted(roster, reason, true, now, roster.retained());
  }

  static Aborted stop(RoundState state, RoundEvent.Stopped stopped, List<RoundEffect> effects) {
    long now = stopped.nowMillis();
    String reason = stopped.reason();
    if (state instanceof Collecting collecting) {
      return abort(collecting.roster(), now, reason, true, collecting.tasks(), effects);
    }
    if (state instanceof Aborted aborted) {
      return new Aborted(aborted.roster(), reason, true, now, aborted.tasks());
    }
    return giveUp(
        state instanceof Waiting waiting
            ? waiting.roster()
            : new Roster(state.attempt(), new TreeSet<>(), new TreeMap<>(), new TreeMap<>()),
        now,
        reason);
  }
}
