package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a machine wants done; the driver does it, in this order. A message that gets lost is sent
 * again when its site comes back; a {@link Persist} that got lost did not happen, and nothing that
 * follows it in the list did either.
 */
public sealed interface RoundEffect {

  /** The effects that a federated evaluation has as well. */
  sealed interface OfTask extends RoundEffect permits Offer, Conclude, WakeAt {}

  /**
   * The effects that are durable before the next effect is performed: whatever sites are told and
   * whatever is erased stands in the ledger first.
   */
  sealed interface Persist extends RoundEffect
      permits OpenAttempt, RefuseTask, CloseAttempt, AbortAttempt {}

  /**
   * An attempt starts.
   *
   * @param attempt from 1
   * @param tasks every selected site, every retained one, and those that refused in an earlier
   *     attempt
   */
  record OpenAttempt(int attempt, SortedMap<SiteName, SiteTask> tasks) implements Persist {
    /** Copies the tasks. */
    public OpenAttempt {
      tasks = SiteTasks.copyOf(tasks);
    }
  }

  /**
   * A site refused its task, or its update failed a check: it is not asked again in the round.
   *
   * @param site which
   * @param attempt of its task
   * @param reason for people
   */
  record RefuseTask(SiteName site, int attempt, String reason) implements Persist {}

  /**
   * It is settled which updates are folded.
   *
   * @param attempt which
   * @param closing why it closed
   * @param contributors whose updates
   * @param tasks as they ended, as in {@link OpenAttempt}
   */
  record CloseAttempt(
      int attempt,
      String closing,
      SortedSet<SiteName> contributors,
      SortedMap<SiteName, SiteTask> tasks)
      implements Persist {
    /** Copies sites and tasks. */
    public CloseAttempt {
      contributors = Collections.unmodifiableSortedSet(new TreeSet<>(contributors));
      tasks = SiteTasks.copyOf(tasks);
    }
  }

  /**
   * An attempt that was opened has failed.
   *
   * @param attempt which
   * @param reason for people
   * @param last whether the round has failed with it
   * @param retained whose updates stay for the next attempt
   * @param tasks as they ended, as in {@link OpenAttempt}
   */
  record AbortAttempt(
      int attempt,
      String reason,
      boolean last,
      SortedSet<SiteName> retained,
      SortedMap<SiteName, SiteTask> tasks)
      implements Persist {
    /** Copies sites and tasks. */
    public AbortAttempt {
      retained = Collections.unmodifiableSortedSet(new TreeSet<>(retained));
      tasks = SiteTasks.copyOf(tasks);
    }
  }

  /**
   * Send the task to the site.
   *
   * @param site to whom
   * @param attempt under which key
   */
  record Offer(SiteName site, int attempt) implements OfTask {}

  /**
   * Tell the site how its task ended; keep the answer for when it is not connected.
   *
   * @param site to whom
   * @param attempt under which key
   * @param outcome how
   * @param reason why, empty when accepted
   * @param receipt of the accepted update
   */
  record Conclude(
      SiteName site, int attempt, Outcome outcome, String reason, Optional<UpdateReceipt> receipt)
      implements OfTask {}

  /** How a task ended, as the site is told. */
  enum Outcome {
    /** The result counts. */
    ACCEPTED,
    /** The result failed a check. */
    REFUSED,
    /** The round closed without it. */
    LATE,
    /** The task was taken back. */
    WITHDRAWN
  }

  /**
   * Send {@link RoundEvent.TimePassed} at this time; replaces any earlier wish.
   *
   * @param atMillis monotonic milliseconds
   */
  record WakeAt(long atMillis) implements OfTask {}

  /**
   * Fold these updates, then send {@link RoundEvent.Folded} or {@link
   * RoundEvent.AggregationFailed}.
   *
   * @param attempt to name in the answer
   * @param contributions in the order of site names, each site once
   */
  record Fold(int attempt, List<Contribution> contributions) implements RoundEffect {}

  /**
   * One update of a fold.
   *
   * @param site whose
   * @param attempt in which it was offered
   * @param receipt of the update
   */
  record Contribution(SiteName site, int attempt, UpdateReceipt receipt) {}

  /**
   * Publish what was folded, then send {@link RoundEvent.Published} or {@link
   * RoundEvent.AggregationFailed}.
   *
   * @param attempt to name in the answer
   */
  record Publish(int attempt) implements RoundEffect {}

  /**
   * The site's update is no longer needed. Never one that was accepted: those are erased with their
   * round, when its end is durable.
   *
   * @param site whose
   * @param attempt under which key
   */
  record EraseUpload(SiteName site, int attempt) implements RoundEffect {}

  /**
   * Write down for people how an attempt ended that was opened; once for each.
   *
   * @param attempt which
   * @param modelDigest of the published model, if the attempt was committed
   * @param reason why it was aborted or closed, for people
   * @param tasks every selected site and every retained one
   */
  record RecordAttempt(
      int attempt, Optional<String> modelDigest, String reason, SortedMap<SiteName, SiteTask> tasks)
      implements RoundEffect {}
}
