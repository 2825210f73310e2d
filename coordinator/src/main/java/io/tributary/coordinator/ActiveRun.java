package io.tributary.coordinator;

import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.job.JobRunner;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A run that is being worked on, with all that belongs to it alone.
 *
 * @param row as it was when it was taken up
 * @param runner plays it
 * @param uploads its spools; chunks reach it from the connections directly
 * @param gateway its sites
 * @param timer its clock
 */
record ActiveRun(
    RunRow row, JobRunner runner, SpoolUploadStore uploads, RunGateway gateway, RunTimer timer) {

  /** Makes one of a row in the ledger. */
  interface Factory {
    /** Nothing happens before its runner is started. */
    ActiveRun create(RunRow row);

    /** Erases what an ended run still has on disk, but for its models and what is to be kept. */
    CompletableFuture<Void> clearAway(RunRow row);
  }

  String runId() {
    return row.runId();
  }

  /** A site that still owed a task when the last process ended is this run's until that is over. */
  void restoreLeases(Ledger ledger, SiteLeases leases) {
    int round = ledger.head(runId()).map(ModelRow::round).orElse(0) + 1;
    Optional<AttemptRow> open =
        ledger.attempt(runId(), round).filter(attempt -> attempt.phase() == AttemptRow.Phase.OPEN);
    for (TaskRow task : open.map(AttemptRow::tasks).orElse(List.of())) {
      if (task.state().equals(TaskRow.WORKING)) {
        boolean unusedFree =
            leases.restore(
                runId(),
                task.site(),
                new TaskId(runId(), round, task.attempt(), TaskId.Kind.TRAIN));
      }
    }
  }
}
