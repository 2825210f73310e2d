package io.tributary.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.coordinator.job.RoundRecord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundTableTest {
  private final StringWriter text = new StringWriter();
  private final RoundTable table = new RoundTable(new PrintWriter(text), false);

  private static RoundRecord record(int round, int attempt, String outcome, Double natsPerByte) {
    RoundRecord.HeldOut heldOut =
        natsPerByte == null
            ? null
            : new RoundRecord.HeldOut(natsPerByte, natsPerByte * 10, 10, "", List.of());
    return new RoundRecord(
        "run",
        round,
        attempt,
        outcome,
        "quorum missed",
        "2026-01-01T00:00:00Z",
        List.of("a", "b"),
        List.of(
            new RoundRecord.Site("a", "folded", null, 1, 0, 5L, "d", Map.of()),
            new RoundRecord.Site("b", "dropped", "lost while training", 1, 0, null, null, null)),
        "base",
        "model",
        heldOut,
        2_000_000,
        3_000_000,
        1.5,
        0.1);
  }

  @Test
  void showsEachRecordOnceWithLossInBitsAndWhoWasDroppedWhy() {
    RoundRecord first = record(1, 1, "committed", StrictMath.log(2) * 3);
    table.show(List.of(first));
    table.show(List.of(first));
    assertThat(text.toString().lines()).hasSize(1);
    assertThat(text.toString())
        .contains("1/2", "3.000", "2.079", "2.0", "3.0", "1.5")
        .contains("b: lost while training");
  }

  @Test
  void anAbortedAttemptAndItsSuccessorAreTwoLinesAlsoWhenOldRecordsAreGone() {
    table.show(List.of(record(1, 1, "aborted", null)));
    table.show(List.of(record(1, 2, "committed", 2.0)));
    assertThat(text.toString().lines()).hasSize(2);
    assertThat(text.toString()).contains("attempt 1 aborted: quorum missed");
  }
}
