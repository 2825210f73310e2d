package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.RUN;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static io.tributary.coordinator.ledger.Rows.WEST;
import static io.tributary.coordinator.ledger.Rows.beginRound;
import static io.tributary.coordinator.ledger.Rows.digest;
import static io.tributary.coordinator.ledger.Rows.publication;
import static io.tributary.coordinator.ledger.Rows.statement;
import static io.tributary.coordinator.ledger.Rows.upload;
import static io.tributary.coordinator.ledger.Rows.working;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Counted once: uploads, as every {@link Ledger} keeps them. */
abstract class UploadContract extends LedgerContract {
  @Test
  void commitsAnUploadWithAllThatItHolds() {
    beginRound(ledger);
    UploadRow upload = upload(1, 1, NORTH, "u");
    assertThat(ledger.commitUpload(upload)).isEqualTo(new CommitResult.Committed(upload));
    assertThat(ledger.upload(RUN, 1, NORTH)).contains(upload);
    assertThat(ledger.upload(RUN, 1, SOUTH)).isEmpty();
    assertThat(ledger.uploads(RUN, 1)).containsExactly(upload);
    assertThat(ledger.uploads(RUN, 2)).isEmpty();
  }

  @Test
  void givesUploadsInTheOrderOfCommit() {
    beginRound(ledger);
    for (SiteName site : List.of(SOUTH, WEST, NORTH)) {
      ledger.commitUpload(upload(1, 1, site, "u"));
    }
    assertThat(ledger.uploads(RUN, 1))
        .extracting(UploadRow::site)
        .containsExactly(SOUTH, WEST, NORTH);
    restart();
    assertThat(ledger.uploads(RUN, 1))
        .extracting(UploadRow::site)
        .containsExactly(SOUTH, WEST, NORTH);
  }

  @Test
  void answersTheSameUpdateWithTheFirstReceiptHoweverLateItIsCommittedAgain() {
    beginRound(ledger);
    UploadRow first = upload(1, 1, NORTH, "u");
    ledger.commitUpload(first);
    UploadRow again =
        new UploadRow(
            RUN,
            1,
            NORTH,
            1,
            "u",
            first.totalBytes(),
            first.chunkBytes(),
            first.weight(),
            Map.of(),
            State.COMMITTED,
            "",
            statement("signed at another time"));
    assertThat(ledger.commitUpload(again)).isEqualTo(new CommitResult.Committed(first));
    restart();
    assertThat(ledger.commitUpload(again)).isEqualTo(new CommitResult.Committed(first));
    ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH), List.of());
    assertThat(ledger.commitUpload(again)).isEqualTo(new CommitResult.Committed(first));
    ledger.publish(publication(1, 1));
    assertThat(ledger.commitUpload(again))
        .isEqualTo(new CommitResult.Committed(first.in(State.FOLDED, "")));
    assertThat(ledger.uploads(RUN, 1)).containsExactly(first.in(State.FOLDED, ""));
  }

  @Test
  void letsNoSecondUpdateOfASiteStandInARound() {
    beginRound(ledger);
    UploadRow first = upload(1, 1, NORTH, "u");
    ledger.commitUpload(first);
    UploadRow otherWeight =
        new UploadRow(
            RUN,
            1,
            NORTH,
            1,
            "u",
            first.totalBytes(),
            first.chunkBytes(),
            first.weight() + 1,
            first.metrics(),
            State.COMMITTED,
            "",
            first.receipt());
    for (UploadRow other : List.of(upload(1, 1, NORTH, "v"), otherWeight)) {
      assertThat(ledger.commitUpload(other)).isEqualTo(new CommitResult.Conflict(first));
    }
    ledger.abortAttempt(RUN, 1, 1, "too few", false, Set.of(NORTH), List.of());
    ledger.openAttempt(RUN, 1, 2, digest(0), working(2, NORTH, SOUTH));
    for (UploadRow other : List.of(upload(1, 2, NORTH, "u"), upload(1, 2, NORTH, "v"))) {
      assertThat(ledger.commitUpload(other)).isEqualTo(new CommitResult.Conflict(first));
    }
    assertThat(ledger.uploads(RUN, 1)).containsExactly(first);
  }

  @Test
  void commitsOneOfManyUpdatesThatComeAtTheSameTime() throws Exception {
    beginRound(ledger);
    List<CommitResult> results = new ArrayList<>();
    for (Future<CommitResult> result :
        together(8, each -> ledger.commitUpload(upload(1, 1, NORTH, "u" + each)))) {
      results.add(result.get());
    }
    UploadRow winner = ledger.upload(RUN, 1, NORTH).orElseThrow();
    assertThat(results).containsOnlyOnce(new CommitResult.Committed(winner));
    assertThat(results)
        .filteredOn(CommitResult.Conflict.class::isInstance)
        .hasSize(7)
        .containsOnly(new CommitResult.Conflict(winner));
    assertThat(ledger.uploads(RUN, 1)).containsExactly(winner);
  }

  @Test
  void givesOneReceiptToAllWhoCommitTheSameUpdateAtTheSameTime() throws Exception {
    beginRound(ledger);
    Set<CommitResult> results = new java.util.HashSet<>();
    for (Future<CommitResult> result :
        together(
            8,
            each -> {
              UploadRow row = upload(1, 1, NORTH, "u");
              return ledger.commitUpload(
                  new UploadRow(
                      RUN,
                      1,
                      NORTH,
                      1,
                      "u",
                      row.totalBytes(),
                      row.chunkBytes(),
                      row.weight(),
                      row.metrics(),
                      State.COMMITTED,
                      "",
                      statement("signed by thread " + each)));
            })) {
      results.add(result.get());
    }
    assertThat(results)
        .containsExactly(new CommitResult.Committed(ledger.upload(RUN, 1, NORTH).orElseThrow()));
  }

  @Test
  void commitsManySitesAtTheSameTime() throws Exception {
    beginRound(ledger);
    for (Future<CommitResult> result :
        together(8, each -> ledger.commitUpload(upload(1, 1, new SiteName("site-" + each), "u")))) {
      assertThat(result.get()).isInstanceOf(CommitResult.Committed.class);
    }
    assertThat(ledger.uploads(RUN, 1)).hasSize(8);
  }

  @Test
  void commitsNothingOutsideAnOpenAttempt() {
    Rows.begin(ledger);
    assertClosed(upload(1, 1, NORTH, "u"), "not open");
    ledger.openAttempt(RUN, 1, 1, digest(0), working(1, NORTH));
    assertClosed(upload(1, 2, NORTH, "u"), "not open");
    assertClosed(upload(2, 1, NORTH, "u"), "not open");
    ledger.closeAttempt(RUN, 1, 1, "the deadline passed", Set.of(), List.of());
    assertClosed(upload(1, 1, NORTH, "u"), "the deadline passed");
    ledger.abortAttempt(RUN, 1, 1, "too few", false, Set.of(), List.of());
    assertClosed(upload(1, 1, NORTH, "u"), "too few");
    ledger.openAttempt(RUN, 1, 2, digest(0), working(2, NORTH));
    assertClosed(upload(1, 1, NORTH, "u"), "not open");
    ledger.setRunState(RUN, RunState.STOPPED, "by its operator");
    assertClosed(upload(1, 2, NORTH, "u"), "by its operator");
    assertThat(ledger.uploads(RUN, 1)).isEmpty();
  }

  @Test
  void insertsUploadsAsCommittedOnly() {
    beginRound(ledger);
    UploadRow upload = upload(1, 1, NORTH, "u");
    for (State state : List.of(State.FOLDED, State.LATE, State.DISCARDED)) {
      assertThatIllegalStateException().isThrownBy(() -> ledger.commitUpload(upload.in(state, "")));
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> ledger.commitUpload(upload.in(State.COMMITTED, "why")));
  }

  @Test
  void commitsWhilePaused() {
    beginRound(ledger);
    ledger.setRunState(RUN, RunState.PAUSED, "by its operator");
    assertThat(ledger.commitUpload(upload(1, 1, NORTH, "u")))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void waitsForNoUpdateOfASiteThatRefused() {
    beginRound(ledger);
    UploadRow cameFirst = upload(1, 1, NORTH, "u");
    ledger.commitUpload(cameFirst);
    ledger.refuseTask(RUN, 1, 1, NORTH, "not its data");
    ledger.refuseTask(RUN, 1, 1, SOUTH, "nor its");
    assertThat(ledger.upload(RUN, 1, NORTH)).contains(cameFirst.in(State.LATE, "not its data"));
    assertClosed(upload(1, 1, SOUTH, "u"), "nor its");
    assertThatIllegalStateException()
        .isThrownBy(() -> ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH), List.of()));
  }

  @Test
  void callsThoseLateThatAClosedAttemptLeavesOut() {
    beginRound(ledger);
    commitAll();
    ledger.closeAttempt(RUN, 1, 1, "enough", Set.of(NORTH, WEST), List.of());
    assertStates(State.COMMITTED, State.LATE, State.COMMITTED);
    assertThat(ledger.upload(RUN, 1, SOUTH).orElseThrow().reason()).isEqualTo("enough");
    ledger.publish(publication(1, 1));
    assertStates(State.FOLDED, State.LATE, State.FOLDED);
  }

  @Test
  void keepsRetainedUploadsForTheNextAttemptAndCallsOthersLate() {
    beginRound(ledger);
    commitAll();
    ledger.abortAttempt(RUN, 1, 1, "too few", false, Set.of(NORTH), List.of());
    assertStates(State.COMMITTED, State.LATE, State.LATE);
    ledger.openAttempt(RUN, 1, 2, digest(0), working(2, SOUTH));
    UploadRow second = upload(1, 2, SOUTH, "second");
    ledger.commitUpload(second);
    assertThat(ledger.upload(RUN, 1, SOUTH)).contains(second);
    assertThat(ledger.uploads(RUN, 1)).hasSize(4);
    ledger.closeAttempt(RUN, 1, 2, "", Set.of(NORTH, SOUTH), List.of());
    ledger.publish(publication(1, 2));
    assertThat(ledger.upload(RUN, 1, SOUTH)).contains(second.in(State.FOLDED, ""));
  }

  @Test
  void discardsTheUploadsOfARoundThatFailed() {
    beginRound(ledger);
    commitAll();
    ledger.abortAttempt(RUN, 1, 1, "once too often", true, Set.of(), List.of());
    assertStates(State.DISCARDED, State.DISCARDED, State.DISCARDED);
    assertThat(ledger.upload(RUN, 1, WEST).orElseThrow().reason()).isEqualTo("once too often");
  }

  @Test
  void discardsTheUploadsOfARunThatEndsAndKeepsWhatWasFolded() {
    Rows.begin(ledger);
    Rows.playRound(ledger, 1);
    ledger.openAttempt(RUN, 2, 1, digest(1), working(1, NORTH));
    ledger.commitUpload(upload(2, 1, NORTH, "u"));
    ledger.setRunState(RUN, RunState.PAUSED, "");
    assertThat(ledger.upload(RUN, 2, NORTH).orElseThrow().state()).isEqualTo(State.COMMITTED);
    ledger.setRunState(RUN, RunState.STOPPED, "by its operator");
    assertThat(ledger.upload(RUN, 2, NORTH))
        .contains(upload(2, 1, NORTH, "u").in(State.DISCARDED, "by its operator"));
    assertThat(ledger.upload(RUN, 1, NORTH).orElseThrow().state()).isEqualTo(State.FOLDED);
  }

  @Test
  void takesADamagedUploadOutOfItsRoundAndLetsItsSiteSendAnother() {
    beginRound(ledger);
    commitAll();
    ledger.discardUpload(RUN, 1, NORTH, "its spool is damaged");
    assertStates(State.DISCARDED, State.COMMITTED, State.COMMITTED);
    assertThatIllegalStateException()
        .isThrownBy(() -> ledger.discardUpload(RUN, 1, NORTH, "again"));
    UploadRow second = upload(1, 1, NORTH, "u");
    assertThat(ledger.commitUpload(second)).isEqualTo(new CommitResult.Committed(second));
    assertThat(ledger.upload(RUN, 1, NORTH)).contains(second);
    ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH), List.of());
    ledger.publish(publication(1, 1));
    assertThatIllegalStateException()
        .isThrownBy(() -> ledger.discardUpload(RUN, 1, NORTH, "is in the model"));
  }

  @Test
  void givesTheNewestOfASiteWhenNoneStands() {
    beginRound(ledger);
    for (String digest : List.of("first", "second", "third")) {
      ledger.commitUpload(upload(1, 1, NORTH, digest));
      ledger.discardUpload(RUN, 1, NORTH, digest + " is damaged");
    }
    assertThat(ledger.upload(RUN, 1, NORTH))
        .contains(upload(1, 1, NORTH, "third").in(State.DISCARDED, "third is damaged"));
  }

  private void commitAll() {
    for (SiteName site : List.of(NORTH, SOUTH, WEST)) {
      ledger.commitUpload(upload(1, 1, site, "u"));
    }
  }

  private void assertStates(State... states) {
    assertThat(ledger.uploads(RUN, 1)).extracting(UploadRow::state).containsExactly(states);
  }

  private void assertClosed(UploadRow upload, String reason) {
    assertThat(ledger.commitUpload(upload))
        .isInstanceOfSatisfying(
            CommitResult.Closed.class, closed -> assertThat(closed.reason()).contains(reason));
  }

  /** Does it in several threads that start as one. */
  private static List<Future<CommitResult>> together(
      int threads, java.util.function.IntFunction<CommitResult> work) throws Exception {
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<CommitResult>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int each = i;
        results.add(
            pool.submit(
                () -> {
                  start.await();
                  return work.apply(each);
                }));
      }
      for (Future<CommitResult> result : results) {
        result.get();
      }
      return results;
    } finally {
      pool.shutdown();
    }
  }
}
