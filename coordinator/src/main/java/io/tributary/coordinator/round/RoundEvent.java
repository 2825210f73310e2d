package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.SortedSet;

/**
 * What can happen to a round. Every event carries the time at which its owner took it from the
 * queue, so that the machine itself never looks at a clock.
 */
public sealed interface RoundEvent {
  /** Monotonic milliseconds. */
  long nowMillis();

  /** An event about one site's task in one attempt. */
  sealed interface OfTask extends RoundEvent {
    /** The site, by its certificate. */
    SiteName site();

    /** The attempt that the site's message names. */
    int attempt();
  }

  /**
   * The round may start.
   *
   * @param nowMillis when
   * @param connected all connected sites
   */
  record Began(long nowMillis, SortedSet<SiteName> connected)
      implements RoundEvent, EvaluationEvent {}

  /**
   * A site connected, for the first time or again.
   *
   * @param nowMillis when
   * @param site which
   */
  record SiteConnected(long nowMillis, SiteName site) implements RoundEvent, EvaluationEvent {}

  /**
   * A site's connection is gone.
   *
   * @param nowMillis when
   * @param site which
   */
  record SiteDisconnected(long nowMillis, SiteName site) implements RoundEvent, EvaluationEvent {}

  /**
   * The site takes the task.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   */
  record TaskAccepted(long nowMillis, SiteName site, int attempt)
      implements OfTask, EvaluationEvent.OfTask {}

  /**
   * The site's policy refuses the task.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   * @param reason in the site's words
   */
  record TaskRefused(long nowMillis, SiteName site, int attempt, String reason)
      implements OfTask, EvaluationEvent.OfTask {}

  /**
   * Local work advances.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   * @param done steps or windows done
   * @param total steps or windows in all
   */
  record WorkAdvanced(long nowMillis, SiteName site, int attempt, long done, long total)
      implements OfTask, EvaluationEvent.OfTask {}

  /**
   * An upload was offered or advanced.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   * @param doneBytes verified so far
   * @param totalBytes of the update
   */
  record UploadAdvanced(long nowMillis, SiteName site, int attempt, long doneBytes, long totalBytes)
      implements OfTask {}

  /**
   * The site committed its upload, the update passed every check and is on disk. May come again for
   * the same update.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   * @param receipt of the update
   */
  record UpdateDurable(long nowMillis, SiteName site, int attempt, UpdateReceipt receipt)
      implements OfTask {}

  /**
   * The site's update failed a check.
   *
   * @param nowMillis when
   * @param site which
   * @param attempt of the offer
   * @param reason naming values and bounds
   */
  record UpdateRefused(long nowMillis, SiteName site, int attempt, String reason)
      implements OfTask {}

  /**
   * Time passed; a timer that the machine asked for has fired, or the owner is just being careful.
   *
   * @param nowMillis the time now
   */
  record TimePassed(long nowMillis) implements RoundEvent, EvaluationEvent {}

  /**
   * The updates were folded into a new model.
   *
   * @param nowMillis when
   * @param attempt which fold
   */
  record Folded(long nowMillis, int attempt) implements RoundEvent {}

  /**
   * The new model is durable and is the head.
   *
   * @param nowMillis when
   * @param attempt which fold
   * @param modelDigest SHA-256 of the model, in hex
   */
  record Published(long nowMillis, int attempt, String modelDigest) implements RoundEvent {}

  /**
   * Folding or publishing failed; the old head still stands.
   *
   * @param nowMillis when
   * @param attempt which fold
   * @param reason for people
   */
  record AggregationFailed(long nowMillis, int attempt, String reason) implements RoundEvent {}

  /**
   * The job ends, whatever the round is doing; only an aggregation under way is finished first.
   *
   * @param nowMillis when
   * @param reason for people
   */
  record Stopped(long nowMillis, String reason) implements RoundEvent, EvaluationEvent {}
}
