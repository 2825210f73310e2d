package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.RUN;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static io.tributary.coordinator.ledger.Rows.WEST;
import static io.tributary.coordinator.ledger.Rows.begin;
import static io.tributary.coordinator.ledger.Rows.beginRound;
import static io.tributary.coordinator.ledger.Rows.digest;
import static io.tributary.coordinator.ledger.Rows.durable;
import static io.tributary.coordinator.ledger.Rows.model;
import static io.tributary.coordinator.ledger.Rows.playRound;
import static io.tributary.coordinator.ledger.Rows.publication;
import static io.tributary.coordinator.ledger.Rows.run;
import static io.tributary.coordinator.ledger.Rows.statement;
import static io.tributary.coordinator.ledger.Rows.upload;
import static io.tributary.coordinator.ledger.Rows.working;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.protobuf.ByteString;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Runs, models, attempts, records and the log, as every {@link Ledger} keeps them. */
abstract class RunContract extends LedgerContract {
  @Test
  void keepsRunsInTheOrderOfSubmissionAndTakesANameOnce() {
    assertThat(ledger.addRun(run("words"))).isTrue();
    assertThat(ledger.addRun(run("another"))).isTrue();
    RunRow sameName =
        new RunRow(
            "words.ffffffff",
            "words",
            run("words").job(),
            RunState.QUEUED,
            "",
            run("words").pseudonymKey(),
            run("words").submittedAt());
    assertThat(ledger.addRun(sameName)).isFalse();
    assertThat(ledger.runs()).containsExactly(run("words"), run("another"));
    assertThat(ledger.run(RUN)).contains(run("words"));
    assertThat(ledger.run("words.ffffffff")).isEmpty();
  }

  @Test
  void keepsAJobInTheBytesInWhichItWasSubmittedHoweverThisVersionSpellsIt() {
    RunRow words = run("words");
    RunRow spelt =
        new RunRow(
            RUN,
            "words",
            words.job(),
            ByteString.copyFromUtf8(" ").concat(words.jobJson()),
            RunState.QUEUED,
            "",
            words.pseudonymKey(),
            words.submittedAt());
    assertThat(ledger.addRun(spelt)).isTrue();
    ledger.setRunState(RUN, RunState.PAUSED, "for an upgrade");
    RunRow kept = ledger.run(RUN).orElseThrow();
    assertThat(kept).isEqualTo(spelt.in(RunState.PAUSED, "for an upgrade"));
    assertThat(kept.jobDigest()).isEqualTo(spelt.jobDigest()).isNotEqualTo(words.jobDigest());
  }

  @Test
  void addsOnlyQueuedRunsOfAnIdOfTheirOwn() {
    breaks(() -> ledger.addRun(run("words").in(RunState.RUNNING, "")));
    ledger.addRun(run("words"));
    RunRow sameId =
        new RunRow(
            RUN,
            "other",
            run("words").job(),
            RunState.QUEUED,
            "",
            run("words").pseudonymKey(),
            run("words").submittedAt());
    breaks(() -> ledger.addRun(sameId));
    assertThat(ledger.runs()).containsExactly(run("words"));
  }

  @Test
  void movesARunUntilItHasEnded() {
    ledger.addRun(run("words"));
    ledger.setRunState(RUN, RunState.PAUSED, "by its operator");
    assertThat(ledger.run(RUN)).contains(run("words").in(RunState.PAUSED, "by its operator"));
    ledger.setRunState(RUN, RunState.QUEUED, "");
    ledger.setRunState(RUN, RunState.STOPPED, "enough");
    for (RunState state : RunState.values()) {
      breaks(() -> ledger.setRunState(RUN, state, ""));
    }
    assertThat(ledger.run(RUN)).contains(run("words").in(RunState.STOPPED, "enough"));
  }

  @Test
  void writesToNoRunThatHasEnded() {
    begin(ledger);
    playRound(ledger, 1);
    ledger.openAttempt(RUN, 2, 1, digest(1), working(1, NORTH));
    ledger.commitUpload(upload(2, 1, NORTH, "u"));
    ledger.setRunState(RUN, RunState.FAILED, "gave up");
    breaks(() -> ledger.publishInitial(RUN, model(0), statement("again")));
    breaks(() -> ledger.recordElapsed(RUN, 2, 1, 5));
    breaks(() -> ledger.refuseTask(RUN, 2, 1, NORTH, "no"));
    breaks(() -> ledger.closeAttempt(RUN, 2, 1, "", Set.of(), List.of()));
    breaks(() -> ledger.abortAttempt(RUN, 2, 1, "", true, Set.of(), List.of()));
    breaks(() -> ledger.discardUpload(RUN, 2, NORTH, ""));
    breaks(() -> ledger.publish(publication(2, 1)));
    breaks(() -> ledger.openAttempt(RUN, 3, 1, digest(2), List.of()));
    ledger.addRecord(RUN, 2, 1, "{}");
    assertThat(ledger.records(RUN)).containsExactly("{\"round\":1}", "{}");
  }

  @Test
  void writesToNoRunThatIsNotThereAndFindsNothingOfIt() {
    breaks(() -> ledger.setRunState(RUN, RunState.RUNNING, ""));
    breaks(() -> ledger.publishInitial(RUN, model(0), statement("entry 0")));
    breaks(() -> ledger.openAttempt(RUN, 1, 1, digest(0), List.of()));
    breaks(() -> ledger.commitUpload(upload(1, 1, NORTH, "u")));
    breaks(() -> ledger.publish(publication(1, 1)));
    breaks(() -> ledger.addRecord(RUN, 1, 1, "{}"));
    assertThat(ledger.head(RUN)).isEmpty();
    assertThat(ledger.models(RUN)).isEmpty();
    assertThat(ledger.attempt(RUN, 1)).isEmpty();
    assertThat(ledger.upload(RUN, 1, NORTH)).isEmpty();
    assertThat(ledger.uploads(RUN, 1)).isEmpty();
    assertThat(ledger.records(RUN)).isEmpty();
    assertThat(ledger.log(RUN, 0, 9)).isEmpty();
  }

  @Test
  void startsModelsAndLogOnceAtRoundZero() {
    ledger.addRun(run("words"));
    assertThat(ledger.head(RUN)).isEmpty();
    breaks(() -> ledger.publishInitial(RUN, model(1), statement("entry 0")));
    breaks(() -> ledger.openAttempt(RUN, 1, 1, digest(0), List.of()));
    ledger.publishInitial(RUN, model(0), statement("entry 0"));
    breaks(() -> ledger.publishInitial(RUN, model(0), statement("again")));
    assertThat(ledger.head(RUN)).contains(model(0));
    assertThat(ledger.log(RUN, 0, 9)).containsExactly(statement("entry 0"));
  }

  @Test
  void opensTheAttemptThatIsNextAndNoOther() {
    begin(ledger);
    breaks(() -> ledger.openAttempt(RUN, 2, 1, digest(0), List.of()));
    breaks(() -> ledger.openAttempt(RUN, 1, 2, digest(0), List.of()));
    breaks(() -> ledger.openAttempt(RUN, 1, 1, digest(1), List.of()));
    breaks(() -> ledger.openAttempt(RUN, 1, 1, digest(0), working(1, NORTH, NORTH)));
    ledger.openAttempt(RUN, 1, 1, digest(0), working(1, WEST, NORTH));
    breaks(() -> ledger.openAttempt(RUN, 1, 2, digest(0), List.of()));
    ledger.abortAttempt(RUN, 1, 1, "nobody came", false, Set.of(), List.of());
    breaks(() -> ledger.openAttempt(RUN, 1, 1, digest(0), List.of()));
    breaks(() -> ledger.openAttempt(RUN, 1, 3, digest(0), List.of()));
    ledger.openAttempt(RUN, 1, 2, digest(0), working(2, SOUTH));
    assertThat(ledger.attempt(RUN, 1))
        .contains(new AttemptRow(1, 2, Phase.OPEN, digest(0), 0, "", working(2, SOUTH)));
  }

  @Test
  void givesTasksByNameWithTheAttemptThatAskedThem() {
    begin(ledger);
    TaskRow kept = new TaskRow(NORTH, 1, "durable", "", 3);
    ledger.openAttempt(RUN, 1, 1, digest(0), List.of(working(WEST, 2), kept, working(SOUTH, 2)));
    assertThat(ledger.attempt(RUN, 1).orElseThrow().tasks())
        .containsExactly(kept, working(SOUTH, 2), working(WEST, 2));
  }

  @Test
  void neverTakesElapsedTimeBack() {
    beginRound(ledger);
    ledger.recordElapsed(RUN, 1, 1, 2_000);
    ledger.recordElapsed(RUN, 1, 1, 1_000);
    assertThat(ledger.attempt(RUN, 1).orElseThrow().elapsedMillis()).isEqualTo(2_000);
    breaks(() -> ledger.recordElapsed(RUN, 1, 2, 3_000));
    ledger.closeAttempt(RUN, 1, 1, "", Set.of(), List.of());
    breaks(() -> ledger.recordElapsed(RUN, 1, 1, 3_000));
    assertThat(ledger.attempt(RUN, 1).orElseThrow().elapsedMillis()).isEqualTo(2_000);
  }

  @Test
  void marksARefusedTaskOfAnOpenAttempt() {
    beginRound(ledger);
    ledger.refuseTask(RUN, 1, 1, SOUTH, "not its data");
    assertThat(ledger.attempt(RUN, 1).orElseThrow().tasks())
        .containsExactly(
            working(NORTH, 1),
            new TaskRow(SOUTH, 1, "refused", "not its data", 0),
            working(WEST, 1));
    breaks(() -> ledger.refuseTask(RUN, 1, 2, SOUTH, ""));
    ledger.abortAttempt(RUN, 1, 1, "", false, Set.of(), durable(NORTH));
    breaks(() -> ledger.refuseTask(RUN, 1, 1, NORTH, ""));
    ledger.openAttempt(RUN, 1, 2, digest(0), working(2, NORTH));
    breaks(() -> ledger.refuseTask(RUN, 1, 2, SOUTH, "has no task"));
  }

  @Test
  void closesAnOpenAttemptOnceWithItsTasksAsTheyEnded() {
    beginRound(ledger);
    ledger.commitUpload(upload(1, 1, NORTH, "u"));
    breaks(() -> ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH, SOUTH), List.of()));
    breaks(() -> ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH), durable(NORTH, NORTH)));
    breaks(() -> ledger.closeAttempt(RUN, 1, 2, "", Set.of(NORTH), List.of()));
    assertThat(ledger.attempt(RUN, 1).orElseThrow().phase()).isEqualTo(Phase.OPEN);
    ledger.closeAttempt(RUN, 1, 1, "quorum", Set.of(NORTH), durable(NORTH));
    assertThat(ledger.attempt(RUN, 1))
        .contains(new AttemptRow(1, 1, Phase.CLOSED, digest(0), 0, "quorum", durable(NORTH)));
    breaks(() -> ledger.closeAttempt(RUN, 1, 1, "again", Set.of(NORTH), List.of()));
  }

  @Test
  void abortsAnAttemptThatIsOpenOrClosedAndNoOther() {
    beginRound(ledger);
    ledger.closeAttempt(RUN, 1, 1, "", Set.of(), List.of());
    ledger.abortAttempt(RUN, 1, 1, "the fold failed", false, Set.of(), durable(WEST));
    assertThat(ledger.attempt(RUN, 1))
        .contains(
            new AttemptRow(1, 1, Phase.ABORTED, digest(0), 0, "the fold failed", durable(WEST)));
    breaks(() -> ledger.abortAttempt(RUN, 1, 1, "", false, Set.of(), List.of()));
    ledger.openAttempt(RUN, 1, 2, digest(0), List.of());
    breaks(() -> ledger.abortAttempt(RUN, 1, 2, "", false, Set.of(NORTH), List.of()));
    ledger.abortAttempt(RUN, 1, 2, "once too often", true, Set.of(NORTH), List.of());
    assertThat(ledger.attempt(RUN, 1).orElseThrow().phase()).isEqualTo(Phase.FAILED);
    breaks(() -> ledger.openAttempt(RUN, 1, 3, digest(0), List.of()));
  }

  @Test
  void publishesAClosedAttemptsModelAsTheNextHeadAndNothingElse() {
    beginRound(ledger);
    breaks(() -> ledger.publish(publication(1, 1)));
    ledger.closeAttempt(RUN, 1, 1, "in", Set.of(), List.of());
    breaks(() -> ledger.publish(publication(1, 2)));
    Publication ofAnotherRound = new Publication(RUN, 1, 1, model(2), statement("entry 1"));
    breaks(() -> ledger.publish(ofAnotherRound));
    assertThat(ledger.head(RUN)).contains(model(0));
    assertThat(ledger.log(RUN, 0, 9)).hasSize(1);
    assertThat(ledger.attempt(RUN, 1).orElseThrow().phase()).isEqualTo(Phase.CLOSED);
    ledger.publish(publication(1, 1));
    assertThat(ledger.attempt(RUN, 1).orElseThrow().phase()).isEqualTo(Phase.PUBLISHED);
    assertThat(ledger.attempt(RUN, 1).orElseThrow().reason()).isEqualTo("in");
    breaks(() -> ledger.publish(publication(1, 1)));
    playRound(ledger, 2);
    assertThat(ledger.models(RUN)).containsExactly(model(0), model(1), model(2));
    assertThat(ledger.head(RUN)).contains(model(2));
  }

  @Test
  void givesTheLogInPieces() {
    begin(ledger);
    for (int round = 1; round <= 4; round++) {
      playRound(ledger, round);
    }
    assertThat(ledger.log(RUN, 1, 2)).containsExactly(statement("entry 1"), statement("entry 2"));
    assertThat(ledger.log(RUN, 4, 100)).containsExactly(statement("entry 4"));
    assertThat(ledger.log(RUN, 5, 100)).isEmpty();
    assertThat(ledger.log(RUN, 0, 0)).isEmpty();
    assertThat(ledger.log(RUN, 0, -1)).isEmpty();
    assertThat(ledger.log(RUN, -3, 100)).hasSize(5);
  }

  @Test
  void keepsTheFirstRecordOfAnAttemptInTheOrderOfRoundsAndAttempts() {
    ledger.addRun(run("words"));
    ledger.addRecord(RUN, 10, 1, "10.1");
    ledger.addRecord(RUN, 2, 11, "2.11");
    ledger.addRecord(RUN, 2, 2, "2.2");
    ledger.addRecord(RUN, 2, 2, "another");
    assertThat(ledger.records(RUN)).containsExactly("2.2", "2.11", "10.1");
  }

  @Test
  void keepsRunsApart() {
    begin(ledger);
    playRound(ledger, 1);
    List<Object> before = Rows.everything(ledger, 1, NORTH, SOUTH);
    RunRow other = run("other");
    ledger.addRun(other);
    ledger.publishInitial(other.runId(), model(0), statement("other entry 0"));
    ledger.openAttempt(other.runId(), 1, 1, digest(0), working(1, NORTH));
    ledger.setRunState(other.runId(), RunState.STOPPED, "");
    List<Object> after = new ArrayList<>(Rows.everything(ledger, 1, NORTH, SOUTH));
    assertThat(after.subList(1, before.size())).isEqualTo(before.subList(1, before.size()));
    assertThat(ledger.log(other.runId(), 0, 9)).containsExactly(statement("other entry 0"));
    assertThat(ledger.head(other.runId())).isEqualTo(Optional.of(model(0)));
  }

  @Test
  void hasEverythingAfterARestart() {
    begin(ledger);
    playRound(ledger, 1);
    ledger.openAttempt(RUN, 2, 1, digest(1), working(1, NORTH, SOUTH, WEST));
    ledger.commitUpload(upload(2, 1, WEST, "w"));
    ledger.commitUpload(upload(2, 1, NORTH, "n"));
    ledger.recordElapsed(RUN, 2, 1, 77);
    ledger.abortAttempt(RUN, 2, 1, "too few", false, Set.of(WEST), durable(WEST));
    ledger.openAttempt(RUN, 2, 2, digest(1), working(2, SOUTH));
    List<Object> before = Rows.everything(ledger, 3, NORTH, SOUTH, WEST);
    restart();
    assertThat(Rows.everything(ledger, 3, NORTH, SOUTH, WEST)).isEqualTo(before);
    ledger.commitUpload(upload(2, 2, SOUTH, "s"));
    ledger.closeAttempt(RUN, 2, 2, "", Set.of(WEST, SOUTH), List.of());
    ledger.publish(publication(2, 2));
    restart();
    assertThat(ledger.head(RUN)).contains(model(2));
  }

  private static void breaks(org.assertj.core.api.ThrowableAssert.ThrowingCallable order) {
    assertThatIllegalStateException().isThrownBy(order);
  }
}
