package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** The states of a federated evaluation; {@link EvaluationMachine} lists the transitions. */
public sealed interface EvaluationState {
  /** Shown to people; part of the admin API's contract. */
  String label();

  /** Asked sites and where they stand. */
  SortedMap<SiteName, SiteTask> tasks();

  /** Whether nothing can happen any more. */
  default boolean isEnded() {
    return false;
  }

  /** Nothing has happened yet. */
  record Idle() implements EvaluationState {
    @Override
    public String label() {
      return "idle";
    }

    @Override
    public SortedMap<SiteName, SiteTask> tasks() {
      return SiteTasks.EMPTY;
    }
  }

  /**
   * Waiting for sites.
   *
   * @param connected who is there
   * @param sinceMillis since when
   */
  record Gathering(SortedSet<SiteName> connected, long sinceMillis) implements EvaluationState {
    /** Copies the sites. */
    public Gathering {
      connected = Collections.unmodifiableSortedSet(new TreeSet<>(connected));
    }

    @Override
    public String label() {
      return "gathering";
    }

    @Override
    public SortedMap<SiteName, SiteTask> tasks() {
      return SiteTasks.EMPTY;
    }
  }

  /**
   * Sites are at work.
   *
   * @param startedMillis when they were asked
   * @param tasks every asked site
   */
  record Evaluating(long startedMillis, SortedMap<SiteName, SiteTask> tasks)
      implements EvaluationState {
    /** Copies the tasks. */
    public Evaluating {
      tasks = SiteTasks.copyOf(tasks);
    }

    @Override
    public String label() {
      return "evaluating";
    }
  }

  /**
   * Over, with or without reports.
   *
   * @param reason why it closed, for people
   * @param tasks as they ended
   */
  record Finished(String reason, SortedMap<SiteName, SiteTask> tasks) implements EvaluationState {
    /** Copies the tasks. */
    public Finished {
      tasks = SiteTasks.copyOf(tasks);
    }

    @Override
    public String label() {
      return "finished";
    }

    @Override
    public boolean isEnded() {
      return true;
    }
  }
}
