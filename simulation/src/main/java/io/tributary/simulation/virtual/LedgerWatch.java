package io.tributary.simulation.virtual;

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

/**
 * The real ledger, and an ear at it: what is settled there is what the simulation goes by. Sites
 * that dropped out come back when their attempt is settled, and a recorded round is a line of its
 * tables.
 */
final class LedgerWatch implements Ledger {
  /** Hears what was settled, after it was. */
  interface Audience {
    /** An attempt at a round takes no more updates. */
    void attemptSettled();

    /** The record of an attempt is kept. */
    void recorded(String json);
  }

  private final Ledger ledger;
  private final Audience audience;

  LedgerWatch(Ledger ledger, Audience audience) {
    this.ledger = ledger;
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
    ledger.closeAttempt(runId, round, attempt, reason, contributors, tasks);
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
    ledger.abortAttempt(runId, round, attempt, reason, last, retained, tasks);
    audience.attemptSettled();
  }

  @Override
  public void addRecord(String runId, int round, int attempt, String json) {
    ledger.addRecord(runId, round, attempt, json);
    audience.recorded(json);
  }

  @Override
  public boolean addRun(RunRow run) {
    return ledger.addRun(run);
  }

  @Override
  public List<RunRow> runs() {
    return ledger.runs();
  }

  @Override
  public Optional<RunRow> run(String runId) {
    return ledger.run(runId);
  }

  @Override
  public void setRunState(String runId, RunState state, String reason) {
    ledger.setRunState(runId, state, reason);
  }

  @Override
  public void publishInitial(String runId, ModelRow model, SignedStatement entry) {
    ledger.publishInitial(runId, model, entry);
  }

  @Override
  public Optional<ModelRow> head(String runId) {
    return ledger.head(runId);
  }

  @Override
  public List<ModelRow> models(String runId) {
    return ledger.models(runId);
  }

  @Override
  public void openAttempt(
      String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks) {
    ledger.openAttempt(runId, round, attempt, baseDigest, tasks);
  }

  @Override
  public void recordElapsed(String runId, int round, int attempt, long elapsedMillis) {
    ledger.recordElapsed(runId, round, attempt, elapsedMillis);
  }

  @Override
  public void refuseTask(String runId, int round, int attempt, SiteName site, String reason) {
    ledger.refuseTask(runId, round, attempt, site, reason);
  }

  @Override
  public Optional<AttemptRow> attempt(String runId, int round) {
    return ledger.attempt(runId, round);
  }

  @Override
  public CommitResult commitUpload(UploadRow upload) {
    return ledger.commitUpload(upload);
  }

  @Override
  public Optional<UploadRow> upload(String runId, int round, SiteName site) {
    return ledger.upload(runId, round, site);
  }

  @Override
  public List<UploadRow> uploads(String runId, int round) {
    return ledger.uploads(runId, round);
  }

  @Override
  public void discardUpload(String runId, int round, SiteName site, String reason) {
    ledger.discardUpload(runId, round, site, reason);
  }

  @Override
  public void publish(Publication publication) {
    ledger.publish(publication);
  }

  @Override
  public List<String> records(String runId) {
    return ledger.records(runId);
  }

  @Override
  public List<SignedStatement> log(String runId, int fromSequence, int limit) {
    return ledger.log(runId, fromSequence, limit);
  }

  @Override
  public void close() {
    ledger.close();
  }
}
