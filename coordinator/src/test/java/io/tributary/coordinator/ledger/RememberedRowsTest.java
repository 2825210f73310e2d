package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.RUN;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static io.tributary.coordinator.ledger.Rows.WEST;
import static io.tributary.coordinator.ledger.Rows.digest;
import static io.tributary.coordinator.ledger.Rows.upload;
import static io.tributary.coordinator.ledger.Rows.working;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tls.SiteName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the SQLite ledger remembers of its rows is never anything else than its tables say. */
class RememberedRowsTest {
  @TempDir Path home;

  private SqliteLedger open() {
    return SqliteLedger.open(home.resolve("ledger.db"), home.resolve("native"));
  }

  /** Against one that has just been opened, and so remembers nothing. */
  private void requireTrue(Ledger ledger) {
    try (Ledger fresh = SqliteLedger.readOnly(home.resolve("ledger.db"))) {
      assertThat(Rows.everything(ledger, 3, NORTH, SOUTH, WEST))
          .isEqualTo(Rows.everything(fresh, 3, NORTH, SOUTH, WEST));
    }
  }

  /** A session with the tables that remember, as the ledger puts them together. */
  private final class Tables implements AutoCloseable {
    final SqliteSession session;
    final RunTable runs;
    final UploadTable uploads;

    Tables() {
      session =
          new SqliteSession(
              home.resolve("ledger.db"),
              new LedgerFile(home.resolve("ledger.db"), Schema.CURRENT)
                  .openForWriting(LedgerFile.MAX_PAGES),
              false);
      runs = new RunTable(session.statements());
      uploads = new UploadTable(session.statements());
      session.onForget(
          () -> {
            runs.forget();
            uploads.forget();
          });
    }

    long run() {
      return session.read(() -> runs.find(RUN)).orElseThrow().number();
    }

    RunState state() {
      return session.read(() -> runs.find(RUN)).orElseThrow().row().state();
    }

    List<SiteName> order() {
      long run = run();
      return session.read(() -> uploads.from(RUN, run, 1, 0)).stream()
          .map(UploadRow::site)
          .toList();
    }

    void rolledBack(Runnable work) {
      Supplier<Object> failing =
          () -> {
            work.run();
            throw new IllegalStateException("thought better of it");
          };
      assertThatIllegalStateException().isThrownBy(() -> session.write(failing));
    }

    void committed(Runnable work) {
      Object unused =
          session.write(
              () -> {
                work.run();
                return "done";
              });
    }

    @Override
    public void close() {
      session.close();
    }
  }

  @Test
  void aRunThatWasAddedAndRolledBackIsNotThere() {
    try (Tables tables = new Tables()) {
      tables.rolledBack(
          () -> {
            tables.runs.insert(Rows.run("words"));
            assertThat(tables.runs.find(RUN)).isPresent();
          });
      assertThat(tables.session.read(() -> tables.runs.find(RUN))).isEmpty();
    }
  }

  @Test
  void aMoveOfARunThatWasRolledBackIsForgotten() {
    try (Tables tables = new Tables()) {
      tables.committed(() -> tables.runs.insert(Rows.run("words")));
      tables.rolledBack(
          () -> {
            tables.runs.move(tables.runs.find(RUN).orElseThrow(), RunState.PAUSED, "by mistake");
            assertThat(tables.runs.find(RUN).orElseThrow().row().state())
                .isEqualTo(RunState.PAUSED);
          });
      assertThat(tables.state()).isEqualTo(RunState.QUEUED);
    }
  }

  @Test
  void anUploadThatWasRolledBackLeavesNoGapInTheOrder() {
    try (Ledger ledger = open()) {
      Rows.beginRound(ledger);
    }
    try (Tables tables = new Tables()) {
      long run = tables.run();
      tables.committed(() -> tables.uploads.insert(run, upload(1, 1, SOUTH, "s")));
      tables.rolledBack(() -> tables.uploads.insert(run, upload(1, 1, WEST, "w")));
      assertThat(tables.order()).containsExactly(SOUTH);
      tables.committed(() -> tables.uploads.insert(run, upload(1, 1, NORTH, "n")));
      assertThat(tables.order()).containsExactly(SOUTH, NORTH);
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.uploads(RUN, 1)).extracting(UploadRow::site).containsExactly(SOUTH, NORTH);
    }
  }

  @Test
  void anUploadThatTheSchemaRefusedLeavesNoGapEither() {
    try (Ledger ledger = open()) {
      Rows.beginRound(ledger);
    }
    try (Tables tables = new Tables()) {
      long run = tables.run();
      UploadRow ofNoAttempt = upload(1, 7, WEST, "w");
      assertThatIllegalStateException()
          .isThrownBy(() -> tables.committed(() -> tables.uploads.insert(run, ofNoAttempt)));
      tables.committed(() -> tables.uploads.insert(run, upload(1, 1, NORTH, "n")));
      assertThat(tables.order()).containsExactly(NORTH);
    }
  }

  @Test
  void aBrokenOrderChangesNothingThatIsRemembered() {
    try (Ledger ledger = open()) {
      Rows.beginRound(ledger);
      ledger.commitUpload(upload(1, 1, SOUTH, "s"));
      assertThatIllegalStateException()
          .isThrownBy(
              () -> ledger.closeAttempt(RUN, 1, 1, "", Set.of(NORTH), working(1, NORTH, NORTH)));
      assertThatIllegalStateException()
          .isThrownBy(() -> ledger.discardUpload(RUN, 1, NORTH, "it has none"));
      requireTrue(ledger);
      ledger.commitUpload(upload(1, 1, NORTH, "n"));
      requireTrue(ledger);
    }
  }

  @Test
  void aDiscardedUploadKeepsItsPlaceBeforeTheNextOfItsSite() {
    try (Ledger ledger = open()) {
      Rows.beginRound(ledger);
      ledger.commitUpload(upload(1, 1, SOUTH, "damaged"));
      ledger.commitUpload(upload(1, 1, NORTH, "n"));
      ledger.discardUpload(RUN, 1, SOUTH, "damaged on disk");
      ledger.commitUpload(upload(1, 1, SOUTH, "again"));
      assertThat(ledger.uploads(RUN, 1, 0))
          .extracting(UploadRow::digest)
          .containsExactly("damaged", "n", "again");
      assertThat(ledger.uploads(RUN, 1, 2)).extracting(UploadRow::digest).containsExactly("again");
      requireTrue(ledger);
    }
  }

  @Test
  void aSecondRunOfTheSameNameTakesNothingFromTheFirst() {
    RunRow first = Rows.run("words");
    RunRow second =
        new RunRow(
            "words.ffffffff",
            first.name(),
            first.job(),
            RunState.QUEUED,
            "",
            first.pseudonymKey(),
            first.submittedAt());
    try (Ledger ledger = open()) {
      Rows.begin(ledger);
      assertThat(ledger.run(RUN)).isPresent(); // and is remembered
      assertThat(ledger.addRun(second)).isFalse();
      assertThat(ledger.run(second.runId())).isEmpty();
      assertThat(ledger.runNamed(first.name())).isEqualTo(ledger.run(RUN)).isPresent();
      requireTrue(ledger);
    }
  }

  @Test
  void moreRunsAndRoundsThanAreRememberedAreReadAgain() {
    try (Ledger ledger = open()) {
      List<String> runs = new ArrayList<>();
      for (int i = 0; i < RunTable.MAX_KNOWN + 3; i++) {
        RunRow run = Rows.run("job-" + i);
        ledger.addRun(run);
        ledger.publishInitial(run.runId(), Rows.model(0), Rows.statement("entry 0"));
        ledger.openAttempt(run.runId(), 1, 1, digest(0), working(1, NORTH, SOUTH));
        runs.add(run.runId());
      }
      for (SiteName site : List.of(SOUTH, NORTH)) {
        for (String run : runs) {
          ledger.commitUpload(of(run, upload(1, 1, site, "u")));
        }
      }
      for (String run : runs) {
        assertThat(ledger.uploads(run, 1, 1))
            .containsExactly(of(run, upload(1, 1, NORTH, "u")))
            .isEqualTo(ledger.uploads(run, 1).subList(1, 2));
      }
      requireTrue(ledger);
    }
  }

  private static UploadRow of(String run, UploadRow upload) {
    return new UploadRow(
        run,
        upload.round(),
        upload.site(),
        upload.attempt(),
        upload.digest(),
        upload.totalBytes(),
        upload.chunkBytes(),
        upload.weight(),
        upload.metrics(),
        upload.state(),
        upload.reason(),
        upload.receipt());
  }

  @Test
  void whoOnlyReadsSeesWhatTheCoordinatorHasWrittenSince() {
    try (Ledger ledger = open()) {
      Rows.beginRound(ledger);
      try (Ledger reader = SqliteLedger.readOnly(home.resolve("ledger.db"))) {
        assertThat(reader.run(RUN).orElseThrow().state()).isEqualTo(RunState.RUNNING);
        assertThat(reader.uploads(RUN, 1, 0)).isEmpty();
        ledger.commitUpload(upload(1, 1, NORTH, "n"));
        ledger.setRunState(RUN, RunState.PAUSED, "held");
        assertThat(reader.run(RUN).orElseThrow().state()).isEqualTo(RunState.PAUSED);
        assertThat(reader.uploads(RUN, 1, 0)).hasSize(1);
      }
    }
  }

  @Test
  void aRowThatIsDamagedOnDiskIsNoticedAtTheNextStart() throws Exception {
    try (Ledger ledger = open()) {
      Rows.begin(ledger);
    }
    try (var connection =
            java.sql.DriverManager.getConnection("jdbc:sqlite:" + home.resolve("ledger.db"));
        var statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE runs SET reason = 'forged'")).isEqualTo(1);
    }
    try (Ledger ledger = open()) {
      assertThatThrownBy(() -> ledger.run(RUN))
          .isInstanceOf(LedgerException.class)
          .hasMessageContaining("run " + RUN);
    }
  }
}
