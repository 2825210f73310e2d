package io.tributary.simulation.virtual;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.ForwardingLedger;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.TaskRow;
import java.util.List;
import java.util.Set;

/**
 * The real ledger, and an ear at it: what is settled there is what the simulation goes by. Sites
 * that dropped out come back when their attempt is settled, and a recorded round is a line of its
 * tables.
 */
final class LedgerWatch extends ForwardingLedger {
  /** Hears what was settled, after it was. */
  interface Audience {
    /** An attempt at a round takes no more updates. */
    void attemptSettled();

    /** The record of an attempt is kept. */
    void recorded(String json);
  }

  private final Audience audience;

  LedgerWatch(Ledger ledger, Audience audience) {
    super(ledger);
    this.audience = audience;
  }

  @Override
  public void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks) {
    super.closeAttempt(runId, round, attempt, reason, contributors, tasks);
    audience.attemptSettled();
  }

  @Override
  public void abortAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      boolean last,
      Set<SiteName> retained,
      List<TaskRow> tasks) {
    super.abortAttempt(runId, round, attempt, reason, last, retained, tasks);
    audience.attemptSettled();
  }

  @Override
  public void addRecord(String runId, int round, int attempt, String json) {
    super.addRecord(runId, round, attempt, json);
    audience.recorded(json);
  }
}
