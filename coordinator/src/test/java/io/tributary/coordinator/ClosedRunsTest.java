package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClosedRunsTest {
  private static final SiteName NORTH = new SiteName("north");
  private static final SiteName SOUTH = new SiteName("south");
  private static final String RUN = "job.00000001";
  private static final String DIGEST = "ab".repeat(32);
  private static final SignedStatement RECEIPT = statement("receipt");
  private static final SignedStatement ENTRY = statement("entry");

  private final MemoryLedger ledger = new MemoryLedger();
  private final ClosedRuns closed = new ClosedRuns(ledger, WireLimits.DEFAULT);

  private static SignedStatement statement(String body) {
    return SignedStatement.newBuilder().setBody(ByteString.copyFromUtf8(body)).build();
  }

  private static TaskId task(int round, int attempt) {
    return new TaskId(RUN, round, attempt, TaskId.Kind.TRAIN);
  }

  @BeforeEach
  void commitOneUpdate() {
    JobSpec job =
        new JobSpec(
            "job",
            3L,
            2,
            null,
            new ModelSpec(null, 256, 4, 1, 2, 8, 4),
            null,
            new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
            new RoundRules(2, 1.0, 1, null, null, null, null, null),
            new UpdateRules(2.0, 1_000L, null));
    assertThat(
            ledger.addRun(
                new RunRow(
                    RUN,
                    "job",
                    job,
                    RunState.QUEUED,
                    "",
                    ByteString.copyFrom(new byte[32]),
                    Instant.EPOCH)))
        .isTrue();
    ledger.setRunState(RUN, RunState.RUNNING, "");
    ledger.publishInitial(RUN, new ModelRow(0, DIGEST, Optional.empty()), ENTRY);
    ledger.openAttempt(
        RUN,
        1,
        1,
        DIGEST,
        List.of(
            new TaskRow(NORTH, 1, TaskRow.WORKING, "", 0),
            new TaskRow(SOUTH, 1, TaskRow.WORKING, "", 0)));
    var unused =
        ledger.commitUpload(
            new UploadRow(
                RUN,
                1,
                NORTH,
                1,
                DIGEST,
                40,
                40,
                7,
                Map.of(),
                UploadRow.State.COMMITTED,
                "",
                RECEIPT));
  }

  private TaskOutcome outcome(SiteName site, TaskId task) {
    return closed.outcome(site, task).orElseThrow().getTaskOutcome();
  }

  @Test
  void aSiteWhoseUpdateIsDurableGetsItsReceiptAlsoWhileItsRunIsPaused() {
    ledger.setRunState(RUN, RunState.PAUSED, "held");
    TaskOutcome told = outcome(NORTH, task(1, 1));
    assertThat(told.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(told.getReceipt()).isEqualTo(RECEIPT);
    assertThat(told.getWeight()).isEqualTo(7);
    assertThat(told.getKey()).isEqualTo(task(1, 1).toProto());
  }

  @Test
  void aSiteWithoutOneIsToldToStopAndWhy() {
    ledger.setRunState(RUN, RunState.PAUSED, "held");
    TaskOutcome told = outcome(SOUTH, task(1, 1));
    assertThat(told.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    assertThat(told.getReason()).isEqualTo("the job is paused");
    assertThat(outcome(NORTH, task(1, 2)).hasReceipt()).as("of another attempt").isFalse();
  }

  @Test
  void theReasonOfADiscardedUpdateIsTold() {
    ledger.setRunState(RUN, RunState.STOPPED, "stopped by its operator");
    TaskOutcome told = outcome(NORTH, task(1, 1));
    assertThat(told.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    assertThat(told.getReason()).isEqualTo("stopped by its operator");
    assertThat(told.hasReceipt()).isFalse();
    assertThat(outcome(SOUTH, task(1, 1)).getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_LATE);
  }

  @Test
  void nothingOfARunThatGoesOnIsLate() {
    assertThat(closed.goesOn(RUN)).isTrue();
    assertThat(closed.outcome(NORTH, task(1, 1))).isEmpty();
    assertThat(closed.outcome(SOUTH, task(1, 1))).isEmpty();
    assertThat(closed.newestEntries()).isEmpty();
  }

  @Test
  void aSiteThatConnectsGetsTheNewestEntryOfWhatEndedWhileItWasAway() {
    ledger.setRunState(RUN, RunState.STOPPED, "stopped by its operator");
    assertThat(closed.newestEntries())
        .singleElement()
        .satisfies(
            told -> assertThat(told.getLogEntries().getEntriesList()).containsExactly(ENTRY));
  }

  @Test
  void aRunOfAnotherHomeIsAnsweredToo() {
    TaskOutcome told = outcome(NORTH, new TaskId("other.00000009", 0, 1, TaskId.Kind.EVALUATE));
    assertThat(told.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_LATE);
    assertThat(told.getReason()).isEqualTo("this coordinator has no such run");
  }

  @Test
  void entriesAreSentAndNothingWhereThereAreNone() {
    LogRequest request = LogRequest.newBuilder().setRunId(RUN).build();
    assertThat(closed.entries(request).orElseThrow().getLogEntries().getEntriesList())
        .containsExactly(ENTRY);
    assertThat(closed.entries(request.toBuilder().setFromSequence(1).build())).isEmpty();
    assertThat(closed.entries(request.toBuilder().setRunId("other.0").build())).isEmpty();
    assertThatThrownBy(() -> closed.entries(request.toBuilder().setRunId("../etc").build()))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aSiteThatConnectsHearsTheNewestEntryOfRunsThatHaveEndedOnly() {
    assertThat(closed.newestEntries()).isEmpty();
    ledger.setRunState(RUN, RunState.STOPPED, "stopped by its operator");
    assertThat(closed.newestEntries())
        .singleElement()
        .satisfies(
            message -> {
              assertThat(message.getLogEntries().getRunId()).isEqualTo(RUN);
              assertThat(message.getLogEntries().getEntriesList()).containsExactly(ENTRY);
            });
  }
}
