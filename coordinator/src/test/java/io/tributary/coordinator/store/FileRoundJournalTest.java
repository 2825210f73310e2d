package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.coordinator.job.RoundRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRoundJournalTest {
  @TempDir Path directory;

  private static RoundRecord record(int round) {
    return new RoundRecord(
        "run",
        round,
        1,
        "aborted",
        "why",
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

  @Test
  void appendsOneObjectALineAndLeavesAbsentValuesOut() throws IOException {
    Path file = directory.resolve("rounds.jsonl");
    FileRoundJournal journal = new FileRoundJournal(file, Runnable::run);
    journal.append(record(1));
    journal.append(record(2));
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"run\":\"run\",\"round\":") && line.endsWith("}"))
        .noneMatch(line -> line.contains("null"));
  }

  @Test
  void endsALineThatACrashCutShort() throws IOException {
    Path file = Files.writeString(directory.resolve("rounds.jsonl"), "{\"run\":\"ru");
    new FileRoundJournal(file, Runnable::run).append(record(2));
    assertThat(Files.readAllLines(file)).hasSize(2).last().asString().contains("\"round\":2");
  }
}
