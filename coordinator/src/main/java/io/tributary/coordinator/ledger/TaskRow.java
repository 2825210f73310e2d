package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;

/**
 * A selected site in an attempt.
 *
 * @param site which
 * @param attempt in which it was asked; a retained update keeps its own
 * @param state {@code working}, or as in {@code SiteState.label()} once it has ended
 * @param reason why it has no part in the model; empty otherwise
 * @param rejoins how often it came back while its task was open
 */
public record TaskRow(SiteName site, int attempt, String state, String reason, int rejoins) {
  /** The state of a task that is open. */
  public static final String WORKING = "working";

  /** The same, ended. */
  TaskRow ended(String otherState, String otherReason) {
    return new TaskRow(site, attempt, otherState, otherReason, rejoins);
  }
}
