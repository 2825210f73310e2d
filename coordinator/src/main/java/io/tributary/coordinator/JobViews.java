package io.tributary.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Shows runs as people and programs see them, from the ledger. Confined to the owner's thread. */
final class JobViews {
  /** Most jobs in a list: the newest. */
  static final int MAX_LISTED = 1_000;

  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final Ledger ledger;
  private final ActiveRuns runs;
  private final ConnectedSites sites;
  private final Function<String, Path> modelDirectories;
  private Function<String, Optional<String>> asked = runId -> Optional.empty();
  private Function<String, Optional<JobStatus>> lastStatus = runId -> Optional.empty();

  /**
   * Makes the view.
   *
   * @param modelDirectories by the job's name
   */
  JobViews(
      Ledger ledger,
      ActiveRuns runs,
      ConnectedSites sites,
      Function<String, Path> modelDirectories) {
    this.ledger = ledger;
    this.runs = runs;
    this.sites = sites;
    this.modelDirectories = modelDirectories;
  }

  /**
   * What only the process knows.
   *
   * @param askedOf a run: {@link RunQueue#askedOf}
   * @param lastStatusOf a run: {@link EndedJobs#status}
   */
  void knowing(
      Function<String, Optional<String>> askedOf,
      Function<String, Optional<JobStatus>> lastStatusOf) {
    asked = askedOf;
    lastStatus = lastStatusOf;
  }

  static String label(RunState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  JobView of(RunRow row) {
    Optional<ModelRow> head = ledger.head(row.runId());
    return new JobView(
        row.name(),
        row.runId(),
        asked.apply(row.runId()).orElse(label(row.state())),
        row.reason().isEmpty() ? null : row.reason(),
        head.map(ModelRow::round).orElse(0),
        row.job().rounds(),
        head.map(ModelRow::digest).orElse(null),
        head.map(model -> modelDirectories.apply(row.name()).toString()).orElse(null),
        row.submittedAt().toString());
  }

  List<JobView> all() {
    return ledger.runs(RunState.ALL, MAX_LISTED).stream().map(this::of).toList();
  }

  JobDetails details(RunRow row) {
    return new JobDetails(of(row), statusOf(row));
  }

  /** The running job that was taken up first, or else the newest one. */
  JobStatus status() {
    return runs.all().stream()
        .findFirst()
        .map(run -> run.runner().status())
        .or(() -> ledger.runs(RunState.ALL, 1).stream().findFirst().map(this::statusOf))
        .orElseThrow(
            () ->
                new UserErrorException(
                    UserErrorException.Kind.FAILED,
                    "no job was submitted yet: `tributary job submit` does that"));
  }

  private JobStatus statusOf(RunRow row) {
    return runs.find(row.runId())
        .map(run -> run.runner().status())
        .or(() -> lastStatus.apply(row.runId()).map(last -> in(last, row)))
        .orElseGet(() -> fromLedger(row));
  }

  /** The last status of a run, in the state that the ledger has it in now. */
  private static JobStatus in(JobStatus last, RunRow row) {
    return new JobStatus(
        last.run(),
        label(row.state()),
        row.reason().isEmpty() ? null : row.reason(),
        last.round(),
        last.rounds(),
        last.attempt(),
        last.phase(),
        last.modelDigest(),
        last.sites(),
        last.history(),
        last.bytesUp(),
        last.bytesDown(),
        last.seconds(),
        last.peakResidentBytes());
  }

  private JobStatus fromLedger(RunRow row) {
    Optional<ModelRow> head = ledger.head(row.runId());
    List<RoundRecord> records = records(row);
    return new JobStatus(
        row.name(),
        label(row.state()),
        row.reason().isEmpty() ? null : row.reason(),
        head.map(ModelRow::round).orElse(0),
        row.job().rounds(),
        null,
        null,
        head.map(ModelRow::digest).orElse(null),
        sites.names().stream()
            .map(site -> new JobStatus.Site(site.value(), true, "idle", null, null, null, 0))
            .toList(),
        records.subList(Math.max(0, records.size() - JobStatus.MAX_HISTORY), records.size()),
        0,
        0,
        0,
        null);
  }

  /** What is printed last of a run that has ended without a runner, or in an earlier process. */
  JobSummary summary(RunRow row) {
    Optional<ModelRow> head = ledger.head(row.runId());
    List<Double> losses =
        records(row).stream()
            .filter(record -> record.heldOut() != null && record.heldOut().natsPerByte() != null)
            .map(record -> record.heldOut().natsPerByte())
            .toList();
    return new JobSummary(
        row.name(),
        label(row.state()),
        row.reason().isEmpty() ? null : row.reason(),
        head.map(ModelRow::round).orElse(0),
        losses.isEmpty() ? null : losses.get(0),
        losses.isEmpty() ? null : losses.get(losses.size() - 1),
        head.map(ModelRow::digest).orElse(null),
        head.map(model -> modelDirectories.apply(row.name()).toString()).orElse(null),
        0,
        0,
        0,
        null,
        null);
  }

  private List<RoundRecord> records(RunRow row) {
    List<RoundRecord> records = new ArrayList<>();
    for (String json : ledger.records(row.runId())) {
      try {
        records.add(JSON.readValue(json, RoundRecord.class));
      } catch (JsonProcessingException e) {
        throw new LedgerException(
            "a record of job " + row.name() + " in the ledger is not readable", e);
      }
    }
    return records;
  }
}
