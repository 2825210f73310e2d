package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The {@link Ledger} in one SQLite file: write-ahead log, forced at every commit.
 *
 * <pre>
 * SqliteLedger ─ {@link OrderRules}, inside each method's one transaction
 *   ├─ {@link LedgerFile}    opens: checks, schema, switches, permissions
 *   ├─ {@link SqliteSession}    one lock, one connection, transactions, {@link Statements}
 *   ├─ RunTable, ModelTable, AttemptTable, UploadTable, LogTable    SQL
 *   └─ {@link LedgerFailures}    what people are told
 * </pre>
 */
public final class SqliteLedger implements Ledger {
  private static final Set<Phase> OPEN = Set.of(Phase.OPEN);
  private static final Set<Phase> OPEN_OR_CLOSED = Set.of(Phase.OPEN, Phase.CLOSED);

  private final SqliteSession session;
  private final RunTable runs;
  private final ModelTable models;
  private final AttemptTable attempts;
  private final UploadTable uploads;
  private final LogTable entries;

  private SqliteLedger(Path file, Connection connection, boolean readOnly) {
    this.session = new SqliteSession(file, connection, readOnly);
    Statements statements = session.statements();
    this.runs = new RunTable(statements);
    this.models = new ModelTable(statements);
    this.attempts = new AttemptTable(statements);
    this.uploads = new UploadTable(statements);
    this.entries = new LogTable(statements);
    session.onForget(
        () -> {
          runs.forget();
          uploads.forget();
        });
  }

  /**
   * Opens a ledger for the one process that holds the home, making it if it is missing; it and the
   * files beside it are readable by their owner only.
   *
   * @param file usually {@code ledger.db}; SQLite puts {@code -wal} and {@code -shm} beside it
   * @param nativeDirectory of the home, for the driver's native library; see {@link NativeSqlite}
   * @throws io.tributary.common.config.UserErrorException of kind REFUSED when the file is not a
   *     ledger, damaged, or of a newer schema; FAILED when it cannot be read or written
   */
  public static SqliteLedger open(Path file, Path nativeDirectory) {
    NativeSqlite.load(nativeDirectory);
    return open(file, Schema.CURRENT, LedgerFile.MAX_PAGES);
  }

  /** For tests: a schema of its own, or a disk that is full early. */
  static SqliteLedger open(Path file, Schema schema, int maxPages) {
    return new SqliteLedger(file, new LedgerFile(file, schema).openForWriting(maxPages), false);
  }

  /**
   * Opens a ledger for commands that only look, also while a coordinator works with it; writing
   * methods throw IllegalStateException.
   *
   * @throws io.tributary.common.config.UserErrorException as in {@link #open(Path, Path)}; FAILED
   *     also when there is none
   */
  public static SqliteLedger readOnly(Path file) {
    NativeSqlite.loadFromTemporaryDirectory();
    return new SqliteLedger(file, new LedgerFile(file, Schema.CURRENT).openForReading(), true);
  }

  @Override
  public boolean addRun(RunRow run) {
    OrderRules.requireQueued(run);
    return write(
        () -> {
          if (runs.named(run.name()).isPresent()) {
            return false;
          }
          OrderRules.requireNewRunId(found(run.runId()), run);
          runs.insert(run);
          return true;
        });
  }

  @Override
  public List<RunRow> runs() {
    return read(runs::all);
  }

  @Override
  public List<RunRow> runs(Set<RunState> states, int most) {
    return read(() -> runs.newest(states, most));
  }

  @Override
  public int countRuns(Set<RunState> states) {
    return read(() -> runs.count(states));
  }

  @Override
  public Optional<RunRow> run(String runId) {
    return read(() -> found(runId));
  }

  @Override
  public Optional<RunRow> runNamed(String name) {
    return read(() -> runs.named(name).map(RunTable.Stored::row));
  }

  @Override
  public void setRunState(String runId, RunState state, String reason) {
    writeTo(
        runId,
        run -> {
          runs.move(runs.find(runId).orElseThrow(), state, reason);
          if (state.isEnded()) {
            // Those of earlier rounds were settled with them.
            int round = models.head(run).map(ModelRow::round).orElse(0) + 1;
            settleAllBut(Set.of(), runId, run, round, State.DISCARDED, reason);
          }
        });
  }

  @Override
  public void publishInitial(String runId, ModelRow model, SignedStatement entry) {
    writeTo(
        runId,
        run -> {
          OrderRules.requireFirstModel(models.head(run), model);
          models.insert(run, model);
          entries.append(run, 0, entry);
        });
  }

  @Override
  public Optional<ModelRow> head(String runId) {
    return readFrom(runId, models::head).flatMap(Function.identity());
  }

  @Override
  public List<ModelRow> models(String runId) {
    return readFrom(runId, models::all).orElse(List.of());
  }

  @Override
  public void openAttempt(
      String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks) {
    writeTo(
        runId,
        run -> {
          OrderRules.requireNextAttempt(
              models.head(run),
              attempts.newestWithoutTasks(run, round),
              round,
              attempt,
              baseDigest,
              tasks);
          attempts.insert(
              run, new AttemptRow(round, attempt, Phase.OPEN, baseDigest, 0, "", tasks));
        });
  }

  @Override
  public void recordElapsed(String runId, int round, int attempt, long elapsedMillis) {
    writeTo(
        runId,
        run -> {
          AttemptRow row = requirePhase(run, round, attempt, OPEN);
          attempts.update(run, row.after(elapsedMillis));
        });
  }

  @Override
  public void refuseTask(String runId, int round, int attempt, SiteName site, String reason) {
    writeTo(
        runId,
        run -> {
          AttemptRow row = requirePhase(run, round, attempt, OPEN);
          Optional<TaskRow> task = attempts.task(run, row, site);
          OrderRules.requireHasTask(task.isPresent(), site);
          attempts.update(run, row, task.orElseThrow().ended(OrderRules.REFUSED, reason));
          uploads.settle(
              run,
              UploadTable.committed(uploads.ofSite(runId, run, round, site)),
              State.LATE,
              reason);
        });
  }

  @Override
  public void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks) {
    writeTo(
        runId,
        run -> {
          AttemptRow row = requirePhase(run, round, attempt, OPEN);
          OrderRules.requireOneTaskEach(tasks);
          attempts.updateWithTasks(run, row.ended(Phase.CLOSED, reason, tasks));
          settleAllBut(contributors, runId, run, round, State.LATE, reason);
        });
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
    writeTo(
        runId,
        run -> {
          AttemptRow row = requirePhase(run, round, attempt, OPEN_OR_CLOSED);
          OrderRules.requireOneTaskEach(tasks);
          attempts.updateWithTasks(
              run, row.ended(last ? Phase.FAILED : Phase.ABORTED, reason, tasks));
          if (last) {
            settleAllBut(Set.of(), runId, run, round, State.DISCARDED, reason);
          } else {
            settleAllBut(retained, runId, run, round, State.LATE, reason);
          }
        });
  }

  @Override
  public Optional<AttemptRow> attempt(String runId, int round) {
    return readFrom(runId, run -> attempts.newest(run, round)).flatMap(Function.identity());
  }

  @Override
  public CommitResult commitUpload(UploadRow upload) {
    OrderRules.requireNewUpload(upload);
    return write(
        () -> {
          Optional<RunTable.Stored> found = runs.find(upload.runId());
          RunRow row = OrderRules.known(found.map(RunTable.Stored::row), upload.runId());
          long run = found.orElseThrow().number();
          int round = upload.round();
          SiteName site = upload.site();
          Optional<AttemptRow> newest = attempts.newestWithoutTasks(run, round);
          Optional<CommitResult> answer =
              OrderRules.answerTo(
                  upload,
                  row,
                  UploadTable.standing(uploads.ofSite(upload.runId(), run, round, site)),
                  newest,
                  newest.flatMap(attempt -> attempts.task(run, attempt, site)));
          if (answer.isEmpty()) {
            uploads.insert(run, upload);
          }
          return answer.orElseGet(() -> new CommitResult.Committed(upload));
        });
  }

  @Override
  public Optional<UploadRow> upload(String runId, int round, SiteName site) {
    List<UploadTable.Stored> ofSite =
        readFrom(runId, run -> uploads.ofSite(runId, run, round, site)).orElse(List.of());
    return UploadTable.standing(ofSite)
        .or(() -> ofSite.stream().map(UploadTable.Stored::row).reduce((older, newer) -> newer));
  }

  @Override
  public List<UploadRow> uploads(String runId, int round) {
    return readFrom(runId, run -> uploads.ofRound(runId, run, round)).orElse(List.of()).stream()
        .map(UploadTable.Stored::row)
        .toList();
  }

  @Override
  public List<UploadRow> uploads(String runId, int round, int from) {
    return readFrom(runId, run -> uploads.from(runId, run, round, from)).orElse(List.of());
  }

  @Override
  public void discardUpload(String runId, int round, SiteName site, String reason) {
    writeTo(
        runId,
        run -> {
          List<UploadTable.Stored> committed =
              UploadTable.committed(uploads.ofSite(runId, run, round, site));
          OrderRules.requireCommitted(Set.of(site), UploadTable.sites(committed));
          uploads.settle(run, committed, State.DISCARDED, reason);
        });
  }

  @Override
  public void publish(Publication publication) {
    int round = publication.round();
    int attempt = publication.attempt();
    writeTo(
        publication.runId(),
        run -> {
          AttemptRow row = requirePhase(run, round, attempt, Set.of(Phase.CLOSED));
          OrderRules.requirePublishable(models.head(run), publication);
          attempts.update(run, row.ended(Phase.PUBLISHED, row.reason(), row.tasks()));
          settleAllBut(Set.of(), publication.runId(), run, round, State.FOLDED, "");
          models.insert(run, publication.model());
          entries.append(run, round, publication.entry());
        });
  }

  @Override
  public void addRecord(String runId, int round, int attempt, String json) {
    write(
        () -> {
          Optional<RunTable.Stored> found = runs.find(runId);
          OrderRules.known(found.map(RunTable.Stored::row), runId);
          entries.addRecord(found.orElseThrow().number(), round, attempt, json);
          return null;
        });
  }

  @Override
  public List<String> records(String runId) {
    return readFrom(runId, entries::records).orElse(List.of());
  }

  @Override
  public List<SignedStatement> log(String runId, int fromSequence, int limit) {
    return readFrom(runId, run -> entries.entries(run, fromSequence, limit)).orElse(List.of());
  }

  /** Everything is durable already; closing twice is harmless. */
  @Override
  public void close() {
    session.close();
  }

  private Optional<RunRow> found(String runId) {
    return runs.find(runId).map(RunTable.Stored::row);
  }

  private AttemptRow requirePhase(long run, int round, int attempt, Set<Phase> phases) {
    return OrderRules.inPhase(attempts.newestWithoutTasks(run, round), round, attempt, phases);
  }

  /** Settles a round's COMMITTED uploads but those of the sites that are kept, each with one. */
  private void settleAllBut(
      Set<SiteName> kept, String runId, long run, int round, State state, String reason) {
    List<UploadTable.Stored> committed = UploadTable.committed(uploads.ofRound(runId, run, round));
    OrderRules.requireCommitted(kept, UploadTable.sites(committed));
    committed.removeIf(upload -> kept.contains(upload.row().site()));
    uploads.settle(run, committed, state, reason);
  }

  /** Work on a run, by its number. */
  @FunctionalInterface
  private interface RunWork {
    void on(long run);
  }

  private void writeTo(String runId, RunWork work) {
    write(
        () -> {
          Optional<RunTable.Stored> found = runs.find(runId);
          OrderRules.live(found.map(RunTable.Stored::row), runId);
          work.on(found.orElseThrow().number());
          return null;
        });
  }

  private <T> Optional<T> readFrom(String runId, Function<Long, T> work) {
    return read(() -> runs.find(runId).map(RunTable.Stored::number).map(work));
  }

  private <T> T write(Supplier<T> work) {
    return session.write(work);
  }

  private <T> T read(Supplier<T> work) {
    return session.read(work);
  }
}
