package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.ledger.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerRoundJournalTest {
  private static final String RUN_ID = Samples.RUN.runId();

  @TempDir Path directory;
  private final Ledger ledger = Samples.ledgerAtRound(0);

  private static RoundRecord record(int round, String reason) {
    return new RoundRecord(
        "sample",
        round,
        1,
        "aborted",
        reason,
        "then",
        List.of("a"),
        List.of(),
        "base",
        null,
        null,
        1,
        2,
        3.5,
        0.5);
  }

  private Path file() {
    return directory.resolve("rounds.jsonl");
  }

  private LedgerRoundJournal open(CrashPoint crash) throws IOException {
    return LedgerRoundJournal.open(RUN_ID, ledger, file(), Runnable::run, crash);
  }

  private void assertCopyIsTheLedger(int records) throws IOException {
    assertThat(Files.readAllLines(file())).hasSize(records).isEqualTo(ledger.records(RUN_ID));
  }

  @Test
  void keepsOneObjectALineAndLeavesAbsentValuesOut() throws IOException {
    LedgerRoundJournal journal = open(CrashPoint.NONE);
    journal.append(record(1, "why"));
    journal.append(record(2, "why"));
    assertCopyIsTheLedger(2);
    assertThat(Files.readAllLines(file()))
        .allMatch(line -> line.startsWith("{\"run\":\"sample\",\"round\":") && line.endsWith("}"))
        .noneMatch(line -> line.contains("null"));
  }

  @Test
  void theFirstRecordOfAnAttemptStandsInBoth() throws IOException {
    open(CrashPoint.NONE).append(record(1, "the one"));
    LedgerRoundJournal journal = open(CrashPoint.NONE);
    journal.append(record(1, "another"));
    assertCopyIsTheLedger(1);
    assertThat(Files.readString(file())).contains("the one").doesNotContain("another");
  }

  @Test
  void mendsACopyThatIsCutOrLostOrSaysSomethingElse() throws IOException {
    open(CrashPoint.NONE).append(record(1, "why"));
    for (String content : new String[] {"{\"run\":\"ru", "", "{\"round\":9,\"attempt\":1}\n"}) {
      Files.writeString(file(), content);
      var unusedJournal = open(CrashPoint.NONE);
      assertCopyIsTheLedger(1);
    }
  }

  @Test
  void aKillBetweenLedgerAndCopyIsMadeGoodAtTheNextStart() throws IOException {
    LedgerRoundJournal dying = open(new Samples.DiesAt(CrashMoment.ROUND_RECORDED));
    assertThatThrownBy(() -> dying.append(record(1, "why"))).hasMessageContaining("killed");
    assertThat(Files.readAllLines(file())).isEmpty();
    open(CrashPoint.NONE).append(record(2, "why"));
    assertCopyIsTheLedger(2);
  }

  @Test
  void aCopyThatCouldNotBeWrittenIsWholeAgainWithTheNextRecord() throws IOException {
    LedgerRoundJournal journal = open(CrashPoint.NONE);
    Files.delete(file());
    Files.createDirectory(file()); // in the way
    journal.append(record(1, "why"));
    Files.delete(file());
    journal.append(record(2, "why"));
    assertCopyIsTheLedger(2);
  }
}
