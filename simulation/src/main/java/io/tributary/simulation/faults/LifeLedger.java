package io.tributary.simulation.faults;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.CommitResult;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.Publication;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The ledger as one life of the coordinator sees it: the rows outlive it, and around each
 * transaction it may be killed or find the store failing. Every transaction is durable when it
 * returns, so a power cut takes nothing from it.
 */
public final class LifeLedger implements Ledger {
  /** What may happen around a transaction. */
  public interface Faults {
    /** Before it: may end the process, or throw a {@code LedgerException}. */
    void before(String transaction);

    /** After it is durable: may end the process. */
    void after(String transaction);
  }

  private final Ledger rows;
  private final Faults faults;

  /**
   * A view for one life.
   *
   * @param rows that outlive it
   * @param faults asked for reads too, since a dead process reads nothing
   */
  public LifeLedger(Ledger rows, Faults faults) {
    this.rows = rows;
    this.faults = faults;
  }

  private <T> T transaction(String name, Supplier<T> work) {
    faults.before(name);
    T result = work.get();
    faults.after(name);
    return result;
  }

  private void change(String name, Runnable work) {
    transaction(
        name,
        () -> {
          work.run();
          return null;
        });
  }

  private <T> T read(Supplier<T> work) {
    faults.before("");
    return work.get();
  }

  @Override
  public boolean addRun(RunRow run) {
    return transaction("addRun", () -> rows.addRun(run));
  }

  @Override
  public List<RunRow> runs() {
    return read(rows::runs);
  }

  @Override
  public List<RunRow> runs(Set<RunState> states, int most) {
    return read(() -> rows.runs(states, most));
  }

  @Override
  public int countRuns(Set<RunState> states) {
    return read(() -> rows.countRuns(states));
  }

  @Override
  public Optional<RunRow> run(String runId) {
    return read(() -> rows.run(runId));
  }

  @Override
  public Optional<RunRow> runNamed(String name) {
    return read(() -> rows.runNamed(name));
  }

  @Override
  public void setRunState(String runId, RunState state, String reason) {
    change("setRunState " + state, () -> rows.setRunState(runId, state, reason));
  }

  @Override
  public void publishInitial(String runId, ModelRow model, SignedStatement entry) {
    change("publishInitial", () -> rows.publishInitial(runId, model, entry));
  }

  @Override
  public Optional<ModelRow> head(String runId) {
    return read(() -> rows.head(runId));
  }

  @Override
  public List<ModelRow> models(String runId) {
    return read(() -> rows.models(runId));
  }

  @Override
  public void openAttempt(
      String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks) {
    change("openAttempt", () -> rows.openAttempt(runId, round, attempt, baseDigest, tasks));
  }

  @Override
  public void recordElapsed(String runId, int round, int attempt, long elapsedMillis) {
    change("recordElapsed", () -> rows.recordElapsed(runId, round, attempt, elapsedMillis));
  }

  @Override
  public void refuseTask(String runId, int round, int attempt, SiteName site, String reason) {
    change("refuseTask", () -> rows.refuseTask(runId, round, attempt, site, reason));
  }

  @Override
  public void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks) {
    change(
        "closeAttempt",
        () -> rows.closeAttempt(runId, round, attempt, reason, contributors, tasks));
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
    change(
        "abortAttempt",
        () -> rows.abortAttempt(runId, round, attempt, reason, last, retained, tasks));
  }

  @Override
  public Optional<AttemptRow> attempt(String runId, int round) {
    return read(() -> rows.attempt(runId, round));
  }

  @Override
  public CommitResult commitUpload(UploadRow upload) {
    return transaction("commitUpload " + upload.site(), () -> rows.commitUpload(upload));
  }

  @Override
  public Optional<UploadRow> upload(String runId, int round, SiteName site) {
    return read(() -> rows.upload(runId, round, site));
  }

  @Override
  public List<UploadRow> uploads(String runId, int round) {
    return read(() -> rows.uploads(runId, round));
  }

  @Override
  public List<UploadRow> uploads(String runId, int round, int from) {
    return read(() -> rows.uploads(runId, round, from));
  }

  @Override
  public void discardUpload(String runId, int round, SiteName site, String reason) {
    change("discardUpload " + site, () -> rows.discardUpload(runId, round, site, reason));
  }

  @Override
  public void publish(Publication publication) {
    change("publish", () -> rows.publish(publication));
  }

  @Override
  public void addRecord(String runId, int round, int attempt, String json) {
    change("addRecord", () -> rows.addRecord(runId, round, attempt, json));
  }

  @Override
  public List<String> records(String runId) {
    return read(() -> rows.records(runId));
  }

  @Override
  public List<SignedStatement> log(String runId, int fromSequence, int limit) {
    return read(() -> rows.log(runId, fromSequence, limit));
  }

  @Override
  public void close() {}
}
