package io.tributary.coordinator.ledger;

import java.util.List;

/**
 * An attempt at a round.
 *
 * @param round from 1
 * @param attempt from 1
 * @param phase where it stands
 * @param baseDigest SHA-256 of the weights it starts from, in hex
 * @param elapsedMillis of its deadline that are used up; the coordinator's downtime is not in it
 * @param reason why it closed or was aborted; empty while open
 * @param tasks every selected site and every retained one, by name
 */
public record AttemptRow(
    int round,
    int attempt,
    Phase phase,
    String baseDigest,
    long elapsedMillis,
    String reason,
    List<TaskRow> tasks) {
  /** Where an attempt stands. */
  public enum Phase {
    /** Updates are collected. */
    OPEN,
    /** It is settled which updates are folded. */
    CLOSED,
    /** The model is published. */
    PUBLISHED,
    /** It failed; the next attempt follows, keeping the committed updates. */
    ABORTED,
    /** It failed and its round with it. */
    FAILED
  }

  /** Copies the tasks. */
  public AttemptRow {
    tasks = List.copyOf(tasks);
  }

  /** The same with more of its deadline used up, if it is more. */
  AttemptRow after(long otherElapsedMillis) {
    return new AttemptRow(
        round,
        attempt,
        phase,
        baseDigest,
        Math.max(elapsedMillis, otherElapsedMillis),
        reason,
        tasks);
  }

  /** The same in another phase. */
  AttemptRow ended(Phase otherPhase, String otherReason, List<TaskRow> otherTasks) {
    return new AttemptRow(
        round, attempt, otherPhase, baseDigest, elapsedMillis, otherReason, otherTasks);
  }
}
