package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.Recovered;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.UpdateReceipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The round machine's tasks as rows of the ledger, and back. */
final class AttemptRows {
  private static final String DURABLE = "durable";
  private static final String DROPPED = "dropped";
  private static final String LATE = "late";
  private static final String REFUSED = "refused";

  private AttemptRows() {}

  /** Tasks as rows; what a site does within an open task is not kept. */
  static List<TaskRow> rows(SortedMap<SiteName, SiteTask> tasks) {
    List<TaskRow> rows = new ArrayList<>();
    tasks.forEach(
        (site, task) ->
            rows.add(
                new TaskRow(
                    site,
                    task.attempt(),
                    task.state().isWorking() ? TaskRow.WORKING : task.state().label(),
                    task.state().reason(),
                    task.rejoins())));
    return rows;
  }

  /** What the round machine goes on from. */
  static Recovered recovered(AttemptRow attempt, List<UploadRow> uploads) {
    SortedMap<SiteName, SiteTask> tasks = new TreeMap<>();
    SortedMap<SiteName, SiteTask> excluded = new TreeMap<>();
    for (TaskRow row : attempt.tasks()) {
      if (isExcluded(attempt, row)) {
        excluded.put(row.site(), task(row, new SiteState.Refused(row.reason())));
      } else {
        tasks.put(row.site(), recovered(attempt, row, uploads));
      }
    }
    List<SiteName> commits =
        uploads.stream()
            .filter(upload -> upload.state() == UploadRow.State.COMMITTED)
            .map(UploadRow::site)
            .filter(site -> isDurable(tasks.get(site)))
            .toList();
    return new Recovered(
        attempt.attempt(),
        Recovered.Stage.valueOf(attempt.phase().name()),
        attempt.elapsedMillis(),
        attempt.reason(),
        tasks,
        excluded,
        commits);
  }

  private static boolean isDurable(SiteTask task) {
    return task != null && task.state() instanceof SiteState.Durable;
  }

  private static SiteTask recovered(AttemptRow attempt, TaskRow row, List<UploadRow> uploads) {
    boolean counts = row.state().equals(TaskRow.WORKING) || row.state().equals(DURABLE);
    if (!counts) {
      return task(row, endState(row, Optional.empty()));
    }
    Optional<UploadRow> upload =
        upload(row, uploads).filter(found -> found.state() == UploadRow.State.COMMITTED);
    if (upload.isPresent()) {
      return task(row, new SiteState.Durable(receipt(upload.get())));
    }
    if (attempt.phase() == AttemptRow.Phase.OPEN) { // also one whose update was discarded
      return new SiteTask(
          attempt.attempt(), new SiteState.Offered(), OptionalLong.empty(), row.rejoins());
    }
    return task(row, endState(row, Optional.empty()));
  }

  /** The tasks of an attempt that has ended, for its record. */
  static SortedMap<SiteName, SiteTask> ended(AttemptRow attempt, List<UploadRow> uploads) {
    SortedMap<SiteName, SiteTask> tasks = new TreeMap<>();
    for (TaskRow row : attempt.tasks()) {
      if (!isExcluded(attempt, row)) {
        tasks.put(row.site(), task(row, endState(row, upload(row, uploads))));
      }
    }
    return tasks;
  }

  private static SiteState endState(TaskRow row, Optional<UploadRow> upload) {
    return switch (row.state()) {
      case DURABLE ->
          upload
              .<SiteState>map(
                  found ->
                      found.state() == UploadRow.State.FOLDED
                          ? new SiteState.Folded(receipt(found))
                          : new SiteState.Durable(receipt(found)))
              .orElseGet(() -> new SiteState.Dropped("its durable update was taken out"));
      case REFUSED -> new SiteState.Refused(row.reason());
      case LATE -> new SiteState.Late(row.reason());
      case DROPPED -> new SiteState.Dropped(row.reason());
      default -> new SiteState.Dropped("its attempt ended without it");
    };
  }

  /** One that refused in an earlier attempt is remembered, but has no part in this one. */
  private static boolean isExcluded(AttemptRow attempt, TaskRow row) {
    return row.state().equals(REFUSED) && row.attempt() < attempt.attempt();
  }

  private static SiteTask task(TaskRow row, SiteState state) {
    return new SiteTask(row.attempt(), state, OptionalLong.empty(), row.rejoins());
  }

  private static Optional<UploadRow> upload(TaskRow row, List<UploadRow> uploads) {
    return upload(row.site(), row.attempt(), uploads);
  }

  /** The newest update of a site's task. */
  static Optional<UploadRow> upload(SiteName site, int attempt, List<UploadRow> uploads) {
    return uploads.stream()
        .filter(upload -> upload.site().equals(site) && upload.attempt() == attempt)
        .reduce((older, newer) -> newer);
  }

  static UpdateReceipt receipt(UploadRow upload) {
    return new UpdateReceipt(upload.digest(), upload.weight(), upload.receipt());
  }
}
