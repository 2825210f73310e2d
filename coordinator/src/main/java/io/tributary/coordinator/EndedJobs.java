package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * What this process knows of jobs that it does not work on any more, beyond what the ledger says:
 * their last status, who waits for their end, and the farewell of those that ended without a
 * runner. Confined to the owner's thread.
 */
final class EndedJobs {
  /** Most jobs whose last status and summary are kept; of older ones the ledger tells the rest. */
  private static final int MAX_KEPT = 16;

  private final Ledger ledger;
  private final JobViews views;
  private final ConnectedSites sites;
  private final Farewells farewells;
  private final Map<String, JobStatus> statuses = bounded();
  private final Map<String, JobSummary> summaries = bounded();
  private final Map<String, List<CompletableFuture<JobSummary>>> waiting = new HashMap<>();

  EndedJobs(Ledger ledger, JobViews views, ConnectedSites sites, Farewells farewells) {
    this.ledger = ledger;
    this.views = views;
    this.sites = sites;
    this.farewells = farewells;
  }

  /** A run is not worked on any more; this is how it last stood. */
  void remember(String runId, JobStatus status) {
    statuses.put(runId, status);
  }

  Optional<JobStatus> status(String runId) {
    return Optional.ofNullable(statuses.get(runId));
  }

  /**
   * A run is not worked on any more: those who wait for its end hear of it if it has ended, or if
   * this process will not see that.
   */
  void complete(RunRow row, JobSummary summary, boolean suspending) {
    if (row.state().isEnded()) {
      summaries.put(row.runId(), summary);
    } else if (!suspending) {
      return;
    }
    List<CompletableFuture<JobSummary>> waiters = waiting.remove(row.runId());
    if (waiters != null) {
      waiters.forEach(waiter -> waiter.complete(summary));
    }
  }

  /** Completes with the summary of a run once it has ended. */
  CompletableFuture<JobSummary> ended(RunRow row) {
    JobSummary known = summaries.get(row.runId());
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    } else if (row.state().isEnded()) {
      return CompletableFuture.completedFuture(views.summary(row));
    }
    CompletableFuture<JobSummary> answer = new CompletableFuture<>();
    waiting.computeIfAbsent(row.runId(), runId -> new ArrayList<>()).add(answer);
    return answer;
  }

  /** Nobody will hear of any end any more. */
  void abandon(Throwable cause) {
    waiting.values().forEach(list -> list.forEach(waiter -> waiter.completeExceptionally(cause)));
    waiting.clear();
  }

  /**
   * Tells the sites of a run's last rounds that it has ended, now or when they come back: no runner
   * has done so, or nobody knows whether it did.
   */
  void sayFarewell(RunRow row) {
    SortedSet<SiteName> participants = new TreeSet<>();
    int round = ledger.head(row.runId()).map(ModelRow::round).orElse(0);
    for (int each = Math.max(1, round); each <= round + 1; each++) {
      ledger.attempt(row.runId(), each).map(AttemptRow::tasks).orElse(List.of()).stream()
          .forEach(task -> participants.add(task.site()));
    }
    Farewell farewell =
        Farewell.newBuilder()
            .setRunId(row.runId())
            .setCompleted(row.state() == RunState.COMPLETED)
            .setReason(row.reason())
            .build();
    farewells.say(participants, Envelope.newBuilder().setFarewell(farewell).build(), sites);
  }

  private static <V> Map<String, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > MAX_KEPT;
      }
    };
  }
}
