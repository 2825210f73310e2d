package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A ledger that passes everything on to another: for whoever does or hears one thing besides. */
public abstract class ForwardingLedger implements Ledger {
  private final Ledger rows;

  /** Passes on to this one. */
  protected ForwardingLedger(Ledger rows) {
    this.rows = rows;
  }

  @Override
  public boolean addRun(RunRow run) {
    return rows.addRun(run);
  }

  @Override
  public List<RunRow> runs() {
    return rows.runs();
  }

  @Override
  public List<RunRow> runs(Set<RunState> states, int most) {
    return rows.runs(states, most);
  }

  @Override
  public int countRuns(Set<RunState> states) {
    return rows.countRuns(states);
  }

  @Override
  public Optional<RunRow> run(String runId) {
    return rows.run(runId);
  }

  @Override
  public Optional<RunRow> runNamed(String name) {
    return rows.runNamed(name);
  }

  @Override
  public void setRunState(String runId, RunState state, String reason) {
    rows.setRunState(runId, state, reason);
  }

  @Override
  public void publishInitial(String runId, ModelRow model, SignedStatement entry) {
    rows.publishInitial(runId, model, entry);
  }

  @Override
  public Optional<ModelRow> head(String runId) {
    return rows.head(runId);
  }

  @Override
  public List<ModelRow> models(String runId) {
    return rows.models(runId);
  }

  @Override
  public void openAttempt(
      String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks) {
    rows.openAttempt(runId, round, attempt, baseDigest, tasks);
  }

  @Override
  public void recordElapsed(String runId, int round, int attempt, long elapsedMillis) {
    rows.recordElapsed(runId, round, attempt, elapsedMillis);
  }

  @Override
  public void refuseTask(String runId, int round, int attempt, SiteName site, String reason) {
    rows.refuseTask(runId, round, attempt, site, reason);
  }

  @Override
  public void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks) {
    rows.closeAttempt(runId, round, attempt, reason, contributors, tasks);
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
    rows.abortAttempt(runId, round, attempt, reason, last, retained, tasks);
  }

  @Override
  public Optional<AttemptRow> attempt(String runId, int round) {
    return rows.attempt(runId, round);
  }

  @Override
  public CommitResult commitUpload(UploadRow upload) {
    return rows.commitUpload(upload);
  }

  @Override
  public Optional<UploadRow> upload(String runId, int round, SiteName site) {
    return rows.upload(runId, round, site);
  }

  @Override
  public List<UploadRow> uploads(String runId, int round) {
    return rows.uploads(runId, round);
  }

  @Override
  public List<UploadRow> uploads(String runId, int round, int from) {
    return rows.uploads(runId, round, from);
  }

  @Override
  public void discardUpload(String runId, int round, SiteName site, String reason) {
    rows.discardUpload(runId, round, site, reason);
  }

  @Override
  public void publish(Publication publication) {
    rows.publish(publication);
  }

  @Override
  public void addRecord(String runId, int round, int attempt, String json) {
    rows.addRecord(runId, round, attempt, json);
  }

  @Override
  public List<String> records(String runId) {
    return rows.records(runId);
  }

  @Override
  public List<SignedStatement> log(String runId, int fromSequence, int limit) {
    return rows.log(runId, fromSequence, limit);
  }

  @Override
  public void close() {
    rows.close();
  }
}
