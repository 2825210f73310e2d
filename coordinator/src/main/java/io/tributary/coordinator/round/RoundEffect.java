package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a machine wants done; the driver does it, in this order. No effect is needed for the
 * machine's own safety: a message that gets lost is sent again when its site comes back.
 */
public sealed interface RoundEffect {

  /** The effects that a federated evaluation has as well. */
  sealed interface OfTask extends RoundEffect permits Offer, Conclude, WakeAt {}

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
   * The site's update is no longer needed.
   *
   * @param site whose
   * @param attempt under which key
   */
  record EraseUpload(SiteName site, int attempt) implements RoundEffect {}

  /**
   * Write down how an attempt ended.
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
