package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.coordinator.job.RoundRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundTablesTest {
  @TempDir Path directory;

  private static RoundRecord record(int round) {
    return new RoundRecord(
        "run",
        round,
        1,
        "committed",
        "the cohort was complete, \"all\" of it",
        "2026-01-01T00:00:00Z",
        List.of("a", "b", "c"),
        List.of(
            new RoundRecord.Site("a", "folded", null, 1, 0, 5L, "aa", Map.of()),
            new RoundRecord.Site("b", "dropped", "gone", 1, 0, null, null, Map.of()),
            new RoundRecord.Site("c", "late", "late", 1, 0, null, null, Map.of())),
        "base",
        "model-" + round,
        new RoundRecord.HeldOut(2.5, 250, 100, "all", List.of()),
        1,
        2,
        7.5,
        0.5);
  }

  private RoundTables open(List<String> records, List<RoundLine> lines) throws IOException {
    return RoundTables.open(
        directory.resolve("rounds.csv"), directory.resolve("rounds.jsonl"), records, lines);
  }

  @Test
  void aRowSaysWhatBecameOfTheRound() throws IOException {
    RoundTables tables = open(List.of(), new ArrayList<>());
    tables.add(record(1), RoundLine.of(record(1), 1.25, 2.0));
    assertThat(Files.readAllLines(directory.resolve("rounds.csv")))
        .containsExactly(
            "round,attempt,outcome,selected,folded,dropped,late,refused,heldOutNatsPerByte,"
                + "heldOutBytes,virtualSeconds,wallSeconds,trainingSeconds,modelDigest",
            "1,1,committed,3,1,1,1,0,2.5,100,7.5,1.25,2.0,model-1");
    assertThat(Files.readString(directory.resolve("rounds.jsonl")))
        .contains("\"wallSeconds\":1.25")
        .contains("\"site\":\"b\"");
  }

  @Test
  void goingOnWritesTheLedgersRecordsAnewAndKeepsWhatWasMeasured() throws IOException {
    RoundTables tables = open(List.of(), new ArrayList<>());
    tables.add(record(1), RoundLine.of(record(1), 1.25, 2.0));
    // A crash cut the second line off after the ledger had it.
    Files.writeString(
        directory.resolve("rounds.jsonl"),
        Files.readString(directory.resolve("rounds.jsonl")) + "{\"run\":\"ru");
    ObjectMapper json = new ObjectMapper();
    List<String> records =
        List.of(json.writeValueAsString(record(1)), json.writeValueAsString(record(2)));
    List<RoundLine> lines = new ArrayList<>();
    RoundTables again = open(records, lines);
    assertThat(lines)
        .containsExactly(RoundLine.of(record(1), 1.25, 2.0), RoundLine.of(record(2), null, null));
    again.add(record(3), RoundLine.of(record(3), 3.0, 4.0));
    assertThat(Files.readAllLines(directory.resolve("rounds.csv")))
        .hasSize(4)
        .contains("2,1,committed,3,1,1,1,0,2.5,100,7.5,,,model-2");
    assertThat(Files.readAllLines(directory.resolve("rounds.jsonl"))).hasSize(3);
  }
}
