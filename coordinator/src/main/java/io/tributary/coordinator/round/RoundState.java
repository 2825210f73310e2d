package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The states of a round; {@link RoundMachine} lists every legal transition. All are immutable. */
public sealed interface RoundState {
  /** Shown to people; part of the admin API's contract. */
  String label();

  /** Which attempt, from 1. */
  int attempt();

  /** Sites of this attempt and where they stand; empty before selection. */
  SortedMap<SiteName, SiteTask> tasks();

  /** Whether nothing can happen any more. */
  default boolean isEnded() {
    return false;
  }

  /**
   * Who is there, and what earlier attempts left behind.
   *
   * @param attempt from 1
   * @param connected sites connected now
   * @param retained durable updates of earlier attempts: they count in this one
   * @param excluded sites that refused or whose update failed a check in an earlier attempt, with
   *     that task: not asked again this round
   */
  record Roster(
      int attempt,
      SortedSet<SiteName> connected,
      SortedMap<SiteName, SiteTask> retained,
      SortedMap<SiteName, SiteTask> excluded) {
    /** Copies everything. */
    public Roster {
      connected = Collections.unmodifiableSortedSet(new TreeSet<>(connected));
      retained = SiteTasks.copyOf(retained);
      excluded = SiteTasks.copyOf(excluded);
    }

    /** The tasks of this attempt, and those of the excluded sites: what the ledger keeps. */
    SortedMap<SiteName, SiteTask> known(SortedMap<SiteName, SiteTask> tasks) {
      if (excluded.isEmpty()) {
        return tasks;
      }
      SortedMap<SiteName, SiteTask> known = new TreeMap<>(excluded);
      known.putAll(tasks);
      return known;
    }

    SortedSet<SiteName> eligible() {
      SortedSet<SiteName> eligible = new TreeSet<>(connected);
      eligible.removeAll(excluded.keySet());
      eligible.removeAll(retained.keySet());
      return eligible;
    }

    /** How many sites {@link #eligible} has. */
    int eligibleCount() {
      return excluded.isEmpty() && retained.isEmpty() ? connected.size() : eligible().size();
    }

    Roster with(SiteName site) {
      if (connected.contains(site)) {
        return this;
      }
      SortedSet<SiteName> now = new TreeSet<>(connected);
      now.add(site);
      return new Roster(attempt, now, retained, excluded);
    }

    Roster without(SiteName site) {
      if (!connected.contains(site)) {
        return this;
      }
      SortedSet<SiteName> now = new TreeSet<>(connected);
      now.remove(site);
      return new Roster(attempt, now, retained, excluded);
    }
  }

  /** Nothing has happened yet. */
  record Selecting() implements RoundState {
    @Override
    public String label() {
      return "selecting";
    }

    @Override
    public int attempt() {
      return 1;
    }

    @Override
    public SortedMap<SiteName, SiteTask> tasks() {
      return SiteTasks.EMPTY;
    }
  }

  /**
   * Too few eligible sites.
   *
   * @param roster who is there
   * @param sinceMillis since when
   */
  record Waiting(Roster roster, long sinceMillis) implements RoundState {
    @Override
    public String label() {
      return "waiting";
    }

    @Override
    public int attempt() {
      return roster.attempt();
    }

    @Override
    public SortedMap<SiteName, SiteTask> tasks() {
      return roster.retained();
    }
  }

  /**
   * Sites are at work.
   *
   * @param roster who is there
   * @param startedMillis when the tasks were offered
   * @param tasks every selected site and every retained one
   */
  record Collecting(Roster roster, long startedMillis, SortedMap<SiteName, SiteTask> tasks)
      implements RoundState {
    /** Copies the tasks. */
    public Collecting {
      tasks = SiteTasks.copyOf(tasks);
    }

    @Override
    public String label() {
      return "collecting";
    }

    @Override
    public int attempt() {
      return roster.attempt();
    }
  }

  /**
   * The round is closed; its updates are being folded or published.
   *
   * @param roster who is there
   * @param sinceMillis when it closed
   * @param closing why it closed, for people
   * @param folded whether folding is done and publishing goes on
   * @param stopping whether the job ends with this attempt, however it ends
   * @param tasks as they ended
   */
  record Aggregating(
      Roster roster,
      long sinceMillis,
      String closing,
      boolean folded,
      boolean stopping,
      SortedMap<SiteName, SiteTask> tasks)
      implements RoundState {
    /** Copies the tasks. */
    public Aggregating {
      tasks = SiteTasks.copyOf(tasks);
    }

    Aggregating connectedTo(Roster now) {
      return new Aggregating(now, sinceMillis, closing, folded, stopping, tasks);
    }

    Aggregating publishing(Roster now) {
      return new Aggregating(now, sinceMillis, closing, true, stopping, tasks);
    }

    Aggregating stoppedAfterwards() {
      return new Aggregating(roster, sinceMillis, closing, folded, true, tasks);
    }

    @Override
    public String label() {
      return "aggregating";
    }

    @Override
    public int attempt() {
      return roster.attempt();
    }
  }

  /**
   * The new model is published.
   *
   * @param attempt which attempt did it
   * @param modelDigest SHA-256 of the model, in hex
   * @param tasks as they ended
   */
  record Committed(int attempt, String modelDigest, SortedMap<SiteName, SiteTask> tasks)
      implements RoundState {
    /** Copies the tasks. */
    public Committed {
      tasks = SiteTasks.copyOf(tasks);
    }

    @Override
    public String label() {
      return "committed";
    }

    @Override
    public boolean isEnded() {
      return true;
    }
  }

  /**
   * The attempt failed. Unless it was the last one, the next follows after a pause.
   *
   * @param roster what the next attempt starts from
   * @param reason for people
   * @param last whether the round has failed with it
   * @param sinceMillis since when
   * @param tasks as they ended
   */
  record Aborted(
      Roster roster,
      String reason,
      boolean last,
      long sinceMillis,
      SortedMap<SiteName, SiteTask> tasks)
      implements RoundState {
    /** Copies the tasks. */
    public Aborted {
      tasks = SiteTasks.copyOf(tasks);
    }

    @Override
    public String label() {
      return "aborted";
    }

    @Override
    public int attempt() {
      return roster.attempt();
    }

    @Override
    public boolean isEnded() {
      return last;
    }
  }
}
