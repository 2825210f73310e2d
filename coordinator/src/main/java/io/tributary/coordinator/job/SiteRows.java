package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** The sites of a {@link JobStatus}: who is connected, and what each one does in the open phase. */
final class SiteRows {
  private SiteRows() {}

  /**
   * One row for every site that is connected or has a task, in the order of names.
   *
   * @param tasks of the open phase; empty between phases
   */
  static List<JobStatus.Site> of(
      SortedSet<SiteName> connected, SortedMap<SiteName, SiteTask> tasks) {
    SortedSet<SiteName> names = new TreeSet<>(connected);
    names.addAll(tasks.keySet());
    List<JobStatus.Site> rows = new ArrayList<>();
    for (SiteName name : names) {
      rows.add(row(name, connected.contains(name), Optional.ofNullable(tasks.get(name))));
    }
    return rows;
  }

  private static JobStatus.Site row(SiteName name, boolean connected, Optional<SiteTask> task) {
    SiteState site = task.map(SiteTask::state).orElse(null);
    Long stepsDone = null;
    Long stepsTotal = null;
    if (site instanceof SiteState.Training training) {
      stepsDone = training.doneSteps();
      stepsTotal = training.totalSteps();
    } else if (site instanceof SiteState.Evaluating evaluating) {
      stepsDone = evaluating.doneWindows();
      stepsTotal = evaluating.totalWindows();
    } else if (site instanceof SiteState.Uploading uploading) {
      stepsDone = uploading.doneBytes();
      stepsTotal = uploading.totalBytes();
    }
    return new JobStatus.Site(
        name.value(),
        connected,
        site == null ? "idle" : site.label(),
        stepsDone,
        stepsTotal,
        site == null || site.reason().isEmpty() ? null : site.reason(),
        task.map(SiteTask::rejoins).orElse(0));
  }
}
