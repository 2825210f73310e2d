package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundState.Roster;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What outlives the death of a coordinator of an attempt that was not published: all that {@link
 * RoundMachine#resume} needs. Where a site stood within its open task does not: it starts over
 * under its old key, and the site itself knows what of it is already done.
 *
 * @param attempt the newest, from 1
 * @param stage where it stood
 * @param elapsedMillis of its deadline that are used up
 * @param reason why it closed or was aborted; empty while open
 * @param tasks every selected and every retained site: {@code Offered} if its task was open, {@code
 *     Durable} if its update is committed, else as it ended
 * @param excluded sites that refused in an earlier attempt
 * @param commits sites with a durable update, in the order in which they were committed
 */
public record Recovered(
    int attempt,
    Stage stage,
    long elapsedMillis,
    String reason,
    SortedMap<SiteName, SiteTask> tasks,
    SortedMap<SiteName, SiteTask> excluded,
    List<SiteName> commits) {
  /** Where an attempt can stand that is gone on with. */
  public enum Stage {
    /** Updates are collected. */
    OPEN,
    /** It is settled which updates are folded. */
    CLOSED,
    /** It failed; the next attempt follows. */
    ABORTED
  }

  /** Copies everything. */
  public Recovered {
    tasks = SiteTasks.copyOf(tasks);
    excluded = SiteTasks.copyOf(excluded);
    commits = List.copyOf(commits);
  }

  /**
   * The tasks with at most {@code cohort} durable updates: the first ones. Later ones became
   * durable when the round was about to close, and their sites were told nothing.
   */
  SiteTasks counting(int cohort) {
    Set<SiteName> late =
        Set.copyOf(commits.subList(Math.min(cohort, commits.size()), commits.size()));
    return SiteTasks.copyOf(tasks)
        .mapped(
            (site, task) -> late.contains(site) ? task.with(new SiteState.Uploading(0, 0)) : task);
  }

  Roster roster(SortedSet<SiteName> connected, int cohort) {
    SortedMap<SiteName, SiteTask> retained = new TreeMap<>();
    SortedMap<SiteName, SiteTask> refused = new TreeMap<>(excluded);
    counting(cohort)
        .forEach(
            (site, task) -> {
              if (TaskTransitions.isDurable(task)) {
                retained.put(site, task);
              } else if (task.state() instanceof SiteState.Refused && stage == Stage.ABORTED) {
                refused.put(site, task);
              }
            });
    return new Roster(attempt, connected, retained, refused);
  }
}
