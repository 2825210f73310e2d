package io.tributary.coordinator;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.UploadRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Answers sites about runs that nobody works on now: ended, paused or queued ones, and those of
 * another home. The ledger knows what became of every update, so a site that was away for the end
 * of its run still gets its receipt, or is told why there is none. Confined to the owner's thread.
 */
final class ClosedRuns {
  /** Most entries of a log in one answer. */
  static final int MAX_ENTRIES = 64;

  /** Most ended runs whose newest entry a site gets when it connects. */
  static final int MAX_ANNOUNCED = 8;

  /** Left free in a control frame for what is not entries. */
  private static final int FRAME_RESERVE_BYTES = 1_024;

  private final Ledger ledger;
  private final WireLimits limits;
  private List<Envelope> announced = List.of();
  private int announcedOf; // so many ended runs

  ClosedRuns(Ledger ledger, WireLimits limits) {
    this.ledger = ledger;
    this.limits = limits;
  }

  /**
   * The newest entry of each of the runs that ended last, for a site that connects: it may have
   * been away when they ended, and asks for what it lacks.
   */
  List<Envelope> newestEntries() {
    int ended = ledger.countRuns(RunState.ENDED);
    if (ended != announcedOf) { // else they are the same, because an ended run never changes
      announced = readNewestEntries();
      announcedOf = ended;
    }
    return announced;
  }

  private List<Envelope> readNewestEntries() {
    List<Envelope> entries = new ArrayList<>();
    for (RunRow run : ledger.runs(RunState.ENDED, MAX_ANNOUNCED)) {
      ledger
          .head(run.runId())
          .flatMap(
              head ->
                  entries(
                      LogRequest.newBuilder()
                          .setRunId(run.runId())
                          .setFromSequence(head.round())
                          .build()))
          .ifPresent(entries::add);
    }
    return entries;
  }

  /** What a site hears that asks for entries of a run's log; nothing if there are none. */
  Optional<Envelope> entries(LogRequest request) {
    if (!TaskId.isRunId(request.getRunId())) {
      throw new ProtocolException("log request: run id is not one");
    }
    LogEntries.Builder entries = LogEntries.newBuilder().setRunId(request.getRunId());
    long bytes = FRAME_RESERVE_BYTES;
    for (SignedStatement entry :
        ledger.log(request.getRunId(), Math.max(0, request.getFromSequence()), MAX_ENTRIES)) {
      bytes += entry.getSerializedSize();
      if (bytes > limits.maxControlFrameBytes()) {
        break;
      }
      entries.addEntries(entry);
    }
    return entries.getEntriesCount() == 0
        ? Optional.empty()
        : Optional.of(Envelope.newBuilder().setLogEntries(entries).build());
  }

  /** Whether a run is to be worked on by this process or the next: nothing of it is late yet. */
  boolean goesOn(String runId) {
    return ledger.run(runId).filter(run -> run.state() == RunState.RUNNING).isPresent();
  }

  /**
   * What a site hears that speaks about a task of a run that nobody works on; nothing if somebody
   * is about to, who then offers it the task again.
   */
  Optional<Envelope> outcome(SiteName site, TaskId task) {
    TaskOutcome.Builder outcome = TaskOutcome.newBuilder().setKey(task.toProto());
    Optional<RunRow> run = ledger.run(task.runId());
    if (goesOn(task.runId())) {
      return Optional.empty();
    }
    Optional<UploadRow> upload =
        run.isPresent() && task.kind() == TaskId.Kind.TRAIN && task.round() > 0
            ? ledger
                .upload(task.runId(), task.round(), site)
                .filter(row -> row.attempt() == task.attempt())
            : Optional.empty();
    if (upload.isPresent()) {
      answer(upload.get(), outcome);
    } else {
      outcome
          .setCode(
              run.filter(row -> !row.state().isEnded()).isPresent()
                  ? OutcomeCode.OUTCOME_CODE_WITHDRAWN
                  : OutcomeCode.OUTCOME_CODE_LATE)
          .setReason(
              run.map(row -> "the job is " + JobViews.label(row.state()))
                  .orElse("this coordinator has no such run"));
    }
    return Optional.of(Envelope.newBuilder().setTaskOutcome(outcome).build());
  }

  private static void answer(UploadRow upload, TaskOutcome.Builder outcome) {
    switch (upload.state()) {
      case COMMITTED, FOLDED ->
          outcome
              .setCode(OutcomeCode.OUTCOME_CODE_ACCEPTED)
              .setUpdateDigest(ByteString.copyFrom(Digest.fromHex(upload.digest()).bytes()))
              .setWeight(upload.weight())
              .setReceipt(upload.receipt());
      case LATE -> outcome.setCode(OutcomeCode.OUTCOME_CODE_LATE).setReason(upload.reason());
      case DISCARDED ->
          outcome.setCode(OutcomeCode.OUTCOME_CODE_WITHDRAWN).setReason(upload.reason());
    }
  }
}
