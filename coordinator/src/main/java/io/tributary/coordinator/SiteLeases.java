package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * Which run may use which site: a site works for one run at a time. Pure book-keeping, without
 * clock or thread; confined to the owner's thread.
 *
 * <p>An offered task is a lease, from the offer to its outcome, even while the site is away. Runs
 * stand in a line. Every connected site that nobody leases is shown to one run, the one that has
 * the turn: the first in line that leases nothing (or just the first, if all do). All other runs
 * see it as disconnected. A run that has offered something goes to the end of the line.
 *
 * <pre>
 *   line:  A (leases)  B  C        free sites are B's; C has the turn once B has begun
 * </pre>
 *
 * <p>Why nobody starves: only the run that has the turn can lease, so the leases of the others run
 * out (every task has a deadline) and in the end it sees every connected site. Then it begins, or
 * it does not want to: {@link #isIdleTurn} says so, and after a bounded wait {@link #passTurn} lets
 * the next one have the turn. A round that needs several sites gets them all, however small the
 * rounds of other runs are.
 *
 * <p>Every message of every site asks here whether anything has changed: so {@link #settle} looks
 * only at the sites that somebody has touched since, and at all of them only when the turn moves or
 * a run leaves.
 */
final class SiteLeases {
  /**
   * Who sees a site has changed.
   *
   * @param site which
   * @param lostBy run that does not see it any more
   * @param gainedBy run that sees it from now on
   */
  record Change(SiteName site, Optional<String> lostBy, Optional<String> gainedBy) {}

  private record Lease(String runId, TaskId task) {}

  private final Set<SiteName> connected = new HashSet<>();
  private final Map<SiteName, Lease> leases = new HashMap<>(); // by put and drop only
  private final Map<String, Integer> leaseCounts = new HashMap<>(); // by run
  private int leasedAndConnected;

  /** A task of the only phase that a run has leases for, where that is known. */
  private final Map<String, TaskId> phases = new HashMap<>();

  private final Deque<String> line = new ArrayDeque<>();
  private final Set<String> begun = new HashSet<>();
  private final Map<SiteName, String> shown = new HashMap<>();
  private Optional<String> turn = Optional.empty();

  /** Sites that may be seen by another run than at the last settling, unless all may be. */
  private final SortedSet<SiteName> touched = new TreeSet<>();

  private boolean allTouched;

  /** A run starts; it joins the end of the line. */
  void join(String runId) {
    if (line.contains(runId)) {
      throw new IllegalStateException(runId + " stands in the line already");
    }
    line.addLast(runId);
  }

  /** A run ends or pauses: its leases end, and nothing is shown to it any more. */
  void leave(String runId) {
    line.remove(runId);
    begun.remove(runId);
    turn = turn.filter(holder -> !holder.equals(runId));
    shown.values().removeIf(runId::equals);
    dropIf((site, lease) -> lease.runId().equals(runId));
    phases.remove(runId);
    allTouched = true;
  }

  /** A site is there. */
  void connected(SiteName site) {
    if (connected.add(site)) {
      leasedAndConnected += leases.containsKey(site) ? 1 : 0;
      touched.add(site);
    }
  }

  /** A site is gone; its lease stays, because it may come back to its task. */
  void disconnected(SiteName site) {
    if (connected.remove(site)) {
      leasedAndConnected -= leases.containsKey(site) ? 1 : 0;
      touched.add(site);
    }
  }

  /** Whether a run may use a site: it leases it, or it has the turn and nobody does. */
  boolean mayUse(String runId, SiteName site) {
    return holder(site).filter(runId::equals).isPresent();
  }

  /**
   * A run offers a task.
   *
   * @return false, and nothing has changed, when the site is another run's
   */
  boolean lease(String runId, SiteName site, TaskId task) {
    if (!mayUse(runId, site)) {
      return false;
    }
    Lease lease = new Lease(runId, task);
    if (!lease.equals(leases.get(site))) { // not only its own task again, to a site that came back
      begin(runId, task);
      put(site, lease);
    }
    return true;
  }

  /**
   * A run that goes on after a restart still has a task open at a site that may not be back yet.
   *
   * @return false, and nothing has changed, when the site is another run's
   */
  boolean restore(String runId, SiteName site, TaskId task) {
    if (!line.contains(runId)) {
      throw new IllegalStateException(runId + " does not stand in the line");
    }
    Lease lease = leases.get(site);
    if (lease != null && !lease.runId().equals(runId)) {
      return false;
    }
    put(site, new Lease(runId, task));
    phases.remove(runId);
    return true;
  }

  private void begin(String runId, TaskId task) {
    begun.add(runId);
    TaskId before = phases.put(runId, task);
    if (before == null || !samePhase(before, task)) {
      // A run has one phase open at a time: whatever it still leases for an earlier one is over.
      dropIf((site, lease) -> lease.runId().equals(runId) && !samePhase(lease.task(), task));
    }
  }

  private static boolean samePhase(TaskId one, TaskId other) {
    return one.round() == other.round() && one.kind() == other.kind();
  }

  /** A task has ended; harmless when it is not the one that the site is leased for. */
  void release(String runId, SiteName site, TaskId task) {
    if (new Lease(runId, task).equals(leases.get(site))) {
      drop(site);
    }
  }

  private void put(SiteName site, Lease lease) {
    drop(site);
    leases.put(site, lease);
    leaseCounts.merge(lease.runId(), 1, Integer::sum);
    leasedAndConnected += connected.contains(site) ? 1 : 0;
    touched.add(site);
  }

  private void drop(SiteName site) {
    Lease lease = leases.remove(site);
    if (lease != null) {
      leaseCounts.computeIfPresent(
          lease.runId(), (runId, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
      leasedAndConnected -= connected.contains(site) ? 1 : 0;
      touched.add(site);
    }
  }

  private void dropIf(BiPredicate<SiteName, Lease> which) {
    List<SiteName> dropped = new ArrayList<>();
    leases.forEach(
        (site, lease) -> {
          if (which.test(site, lease)) {
            dropped.add(site);
          }
        });
    dropped.forEach(this::drop);
  }

  /** Whether there is anybody to wait for a site that another run uses. */
  boolean isContended() {
    return line.size() > 1;
  }

  /** Ends leases whose task is over without an outcome: {@code open} tells of each whether not. */
  void keep(BiPredicate<String, SiteName> open) {
    dropIf((site, lease) -> !open.test(lease.runId(), site));
  }

  /**
   * Brings up to date who has the turn and who sees what. Only when no run is in the middle of a
   * step: the many offers with which a round begins are all made in one turn.
   *
   * @return every change since the last call, the losses of all runs before any gain
   */
  List<Change> settle() {
    for (String runId : List.copyOf(line)) {
      if (begun.remove(runId)) {
        toTheEnd(runId);
      }
    }
    Optional<String> turnBefore = turn;
    turn =
        line.stream()
            .filter(runId -> !leasesAny(runId))
            .findFirst()
            .or(() -> Optional.ofNullable(line.peekFirst()));
    if (allTouched || !turn.equals(turnBefore)) {
      touched.addAll(connected);
      touched.addAll(shown.keySet());
    }
    List<Change> changes = changes();
    touched.clear();
    allTouched = false;
    return changes;
  }

  private List<Change> changes() {
    List<Change> losses = new ArrayList<>();
    List<Change> gains = new ArrayList<>();
    for (SiteName site : touched) {
      String before = shown.get(site);
      if (before != null && !holder(site).equals(Optional.of(before))) {
        shown.remove(site);
        losses.add(new Change(site, Optional.of(before), Optional.empty()));
      }
    }
    for (SiteName site : touched) {
      holder(site)
          .filter(runId -> !runId.equals(shown.get(site)))
          .ifPresent(
              runId -> {
                shown.put(site, runId);
                gains.add(new Change(site, Optional.empty(), Optional.of(runId)));
              });
    }
    losses.addAll(gains);
    return losses;
  }

  /**
   * Whether the run that has the turn keeps others waiting for nothing: it sees every connected
   * site and has offered none of them anything. A bounded wait, then {@link #passTurn}.
   */
  boolean isIdleTurn() {
    return line.size() > 1 && !connected.isEmpty() && leases.isEmpty() && begun.isEmpty();
  }

  /** Lets the next run have the turn, from the next {@link #settle} on. */
  void passTurn() {
    turn.ifPresent(this::toTheEnd);
  }

  private void toTheEnd(String runId) {
    line.remove(runId);
    line.addLast(runId);
  }

  /**
   * Whether a run can do nothing but wait for sites that others use: its clock stands still
   * meanwhile, so that it does not give up on sites that are there.
   */
  boolean isHeldUp(String runId) {
    if (leasesAny(runId)) {
      return false;
    }
    boolean hasTurn = turn.filter(runId::equals).isPresent();
    return hasTurn ? leasedAndConnected > 0 : !connected.isEmpty();
  }

  private boolean leasesAny(String runId) {
    return leaseCounts.containsKey(runId);
  }

  private Optional<String> holder(SiteName site) {
    if (!connected.contains(site)) {
      return Optional.empty();
    }
    Lease lease = leases.get(site);
    return lease != null ? Optional.of(lease.runId()) : turn;
  }
}
