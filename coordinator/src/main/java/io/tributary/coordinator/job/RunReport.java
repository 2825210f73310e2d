package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.round.SiteTask;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** Where a run stands, as people are told. Confined to the owner's thread. */
final class RunReport {
  private final JobContext context;
  private final RecordBook book;
  private final long startedMillis;

  String state = "starting";
  String reason;
  int round;
  Optional<ModelReference> head = Optional.empty();

  RunReport(JobContext context, RecordBook book) {
    this.context = context;
    this.book = book;
    this.startedMillis = context.now();
  }

  /** The newest published model, also of a run that is over and whose files are not looked at. */
  private Optional<ModelRow> published() {
    return head.map(model -> new ModelRow(model.round(), model.digest(), Optional.empty()))
        .or(() -> context.ledger().head(context.runId()));
  }

  JobSummary summary() {
    Optional<ModelRow> published = published();
    return new JobSummary(
        context.run().name(),
        state,
        reason,
        published.map(ModelRow::round).orElse(0),
        book.initialLoss(),
        book.latestLoss(),
        published.map(ModelRow::digest).orElse(null),
        head.map(model -> model.weights().toAbsolutePath().getParent().toString()).orElse(null),
        context.gateway().bytesUp(),
        context.gateway().bytesDown(),
        seconds(),
        book.overheadSecondsMedian(),
        ProcessMemory.peakResidentBytes());
  }

  JobStatus status(
      Optional<Phase> phase, SortedSet<SiteName> connected, SortedMap<SiteName, SiteTask> tasks) {
    return new JobStatus(
        context.run().name(),
        state,
        reason,
        round,
        context.job().rounds(),
        phase.map(Phase::attempt).orElse(null),
        phase.map(Phase::label).orElse(null),
        head.map(ModelReference::digest).orElse(null),
        SiteRows.of(connected, tasks),
        book.recent(),
        context.gateway().bytesUp(),
        context.gateway().bytesDown(),
        seconds(),
        ProcessMemory.peakResidentBytes());
  }

  private double seconds() {
    return (context.now() - startedMillis) / 1000.0;
  }
}
