package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A {@link Ledger} in memory, for simulated runs and tests.
 *
 * <p>It lives as long as the object: closing does nothing, so that a simulated process can die and
 * another one start on the same ledger.
 */
public final class MemoryLedger implements Ledger {
  private static final Set<Phase> OPEN = Set.of(Phase.OPEN);
  private static final Set<Phase> OPEN_OR_CLOSED = Set.of(Phase.OPEN, Phase.CLOSED);

  private final Map<String, MemoryRun> runs = new LinkedHashMap<>();

  /** An empty one. */
  public MemoryLedger() {}

  @Override
  public synchronized boolean addRun(RunRow run) {
    OrderRules.requireQueued(run);
    if (runNamed(run.name()).isPresent()) {
      return false;
    }
    OrderRules.requireNewRunId(run(run.runId()), run);
    runs.put(run.runId(), new MemoryRun(run));
    return true;
  }

  @Override
  public synchronized List<RunRow> runs() {
    return runs.values().stream().map(MemoryRun::row).toList();
  }

  @Override
  public synchronized List<RunRow> runs(Set<RunState> states, int most) {
    List<RunRow> all = runs().stream().filter(run -> states.contains(run.state())).toList();
    return all.subList(Math.max(0, all.size() - Math.max(0, most)), all.size());
  }

  @Override
  public synchronized int countRuns(Set<RunState> states) {
    return runs(states, Integer.MAX_VALUE).size();
  }

  @Override
  public synchronized Optional<RunRow> run(String runId) {
    return Optional.ofNullable(runs.get(runId)).map(MemoryRun::row);
  }

  @Override
  public synchronized Optional<RunRow> runNamed(String name) {
    return runs().stream().filter(run -> run.name().equals(name)).findFirst();
  }

  @Override
  public synchronized void setRunState(String runId, RunState state, String reason) {
    live(runId).move(state, reason);
  }

  @Override
  public synchronized void publishInitial(String runId, ModelRow model, SignedStatement entry) {
    MemoryRun run = live(runId);
    OrderRules.requireFirstModel(run.head(), model);
    run.models.add(model);
    run.log.add(entry);
  }

  @Override
  public synchronized Optional<ModelRow> head(String runId) {
    return Optional.ofNullable(runs.get(runId)).flatMap(MemoryRun::head);
  }

  @Override
  public synchronized List<ModelRow> models(String runId) {
    return Optional.ofNullable(runs.get(runId))
        .map(run -> List.copyOf(run.models))
        .orElse(List.of());
  }

  @Override
  public synchronized void openAttempt(
      String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks) {
    MemoryRun run = live(runId);
    OrderRules.requireNextAttempt(
        run.head(), run.newestAttempt(round), round, attempt, baseDigest, tasks);
    run.put(new AttemptRow(round, attempt, Phase.OPEN, baseDigest, 0, "", tasks));
  }

  @Override
  public synchronized void recordElapsed(String runId, int round, int attempt, long elapsedMillis) {
    MemoryRun run = live(runId);
    AttemptRow row = OrderRules.inPhase(run.newestAttempt(round), round, attempt, OPEN);
    run.put(row.after(elapsedMillis));
  }

  @Override
  public synchronized void refuseTask(
      String runId, int round, int attempt, SiteName site, String reason) {
    MemoryRun run = live(runId);
    AttemptRow row = OrderRules.inPhase(run.newestAttempt(round), round, attempt, OPEN);
    List<TaskRow> tasks = new ArrayList<>(row.tasks());
    OrderRules.requireHasTask(tasks.stream().anyMatch(task -> task.site().equals(site)), site);
    tasks.replaceAll(
        task -> task.site().equals(site) ? task.ended(OrderRules.REFUSED, reason) : task);
    run.put(row.ended(row.phase(), row.reason(), tasks));
    run.settle(round, State.LATE, reason, upload -> upload.site().equals(site));
  }

  @Override
  public synchronized void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks) {
    MemoryRun run = live(runId);
    AttemptRow row = OrderRules.inPhase(run.newestAttempt(round), round, attempt, OPEN);
    OrderRules.requireCommitted(contributors, run.committed(round));
    OrderRules.requireOneTaskEach(tasks);
    run.put(row.ended(Phase.CLOSED, reason, tasks));
    run.settle(round, State.LATE, reason, upload -> !contributors.contains(upload.site()));
  }

  @Override
  public synchronized void abortAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      boolean last,
      Set<SiteName> retained,
      List<TaskRow> tasks) {
    MemoryRun run = live(runId);
    AttemptRow row = OrderRules.inPhase(run.newestAttempt(round), round, attempt, OPEN_OR_CLOSED);
    OrderRules.requireOneTaskEach(tasks);
    if (last) {
      run.settle(round, State.DISCARDED, reason, upload -> true);
    } else {
      OrderRules.requireCommitted(retained, run.committed(round));
      run.settle(round, State.LATE, reason, upload -> !retained.contains(upload.site()));
    }
    run.put(row.ended(last ? Phase.FAILED : Phase.ABORTED, reason, tasks));
  }

  @Override
  public synchronized Optional<AttemptRow> attempt(String runId, int round) {
    return Optional.ofNullable(runs.get(runId)).flatMap(run -> run.newestAttempt(round));
  }

  @Override
  public synchronized CommitResult commitUpload(UploadRow upload) {
    OrderRules.requireNewUpload(upload);
    RunRow row = OrderRules.known(run(upload.runId()), upload.runId());
    MemoryRun run = runs.get(upload.runId());
    Optional<AttemptRow> newest = run.newestAttempt(upload.round());
    Optional<TaskRow> task =
        newest.stream()
            .flatMap(attempt -> attempt.tasks().stream())
            .filter(candidate -> candidate.site().equals(upload.site()))
            .findFirst();
    Optional<CommitResult> answer =
        OrderRules.answerTo(upload, row, run.standing(upload.round(), upload.site()), newest, task);
    if (answer.isEmpty()) {
      run.add(upload);
    }
    return answer.orElseGet(() -> new CommitResult.Committed(upload));
  }

  @Override
  public synchronized Optional<UploadRow> upload(String runId, int round, SiteName site) {
    return Optional.ofNullable(runs.get(runId)).flatMap(run -> run.upload(round, site));
  }

  @Override
  public synchronized List<UploadRow> uploads(String runId, int round) {
    return Optional.ofNullable(runs.get(runId)).map(run -> run.uploads(round)).orElse(List.of());
  }

  @Override
  public synchronized List<UploadRow> uploads(String runId, int round, int from) {
    List<UploadRow> all = uploads(runId, round);
    return all.subList(Math.min(Math.max(0, from), all.size()), all.size());
  }

  @Override
  public synchronized void discardUpload(String runId, int round, SiteName site, String reason) {
    MemoryRun run = live(runId);
    OrderRules.requireCommitted(Set.of(site), run.committed(round));
    run.settle(round, State.DISCARDED, reason, upload -> upload.site().equals(site));
  }

  @Override
  public synchronized void publish(Publication publication) {
    MemoryRun run = live(publication.runId());
    int round = publication.round();
    AttemptRow row =
        OrderRules.inPhase(
            run.newestAttempt(round), round, publication.attempt(), Set.of(Phase.CLOSED));
    OrderRules.requirePublishable(run.head(), publication);
    run.put(row.ended(Phase.PUBLISHED, row.reason(), row.tasks()));
    run.settle(round, State.FOLDED, "", upload -> true);
    run.models.add(publication.model());
    run.log.add(publication.entry());
  }

  @Override
  public synchronized void addRecord(String runId, int round, int attempt, String json) {
    OrderRules.known(run(runId), runId);
    runs.get(runId).addRecord(round, attempt, json);
  }

  @Override
  public synchronized List<String> records(String runId) {
    return Optional.ofNullable(runs.get(runId)).map(MemoryRun::records).orElse(List.of());
  }

  @Override
  public synchronized List<SignedStatement> log(String runId, int fromSequence, int limit) {
    return Optional.ofNullable(runs.get(runId)).stream()
        .flatMap(run -> run.log.stream())
        .skip(Math.max(0, fromSequence))
        .limit(Math.max(0, limit))
        .toList();
  }

  @Override
  public void close() {}

  private MemoryRun live(String runId) {
    return runs.get(OrderRules.live(run(runId), runId).runId());
  }
}
