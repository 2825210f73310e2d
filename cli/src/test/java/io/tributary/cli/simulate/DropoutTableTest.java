package io.tributary.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.simulation.virtual.RoundLine;
import io.tributary.simulation.virtual.SimulationResult;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DropoutTableTest {
  private static RoundLine line(int round, String outcome, int folded) {
    return new RoundLine(
        round, 1, outcome, 20, folded, 20 - folded, 0, 0, 2.0, 100, 1, 1.0, 2.0, "digest");
  }

  private static SimulationResult result(double dropout, long seed, double loss, int... folded) {
    List<RoundLine> lines = new java.util.ArrayList<>();
    lines.add(line(0, "initial", 0));
    lines.add(line(1, "aborted", 1));
    for (int count : folded) {
      lines.add(line(1, "committed", count));
    }
    return new SimulationResult(
        "job",
        "completed",
        null,
        folded.length,
        20,
        "iid",
        dropout,
        seed,
        20,
        10,
        2,
        5.5,
        loss,
        "digest",
        3,
        10,
        20,
        1.0,
        null,
        "out",
        lines);
  }

  private static DropoutTable table() {
    DropoutTable table = new DropoutTable();
    table.add(result(0, 1, 2.0, 20, 20));
    table.add(result(0, 2, 2.1, 20, 20));
    table.add(result(0.5, 1, 2.5, 9, 10));
    table.add(result(0.5, 2, 2.3, 11, 12));
    return table;
  }

  @Test
  void aRowIsTheMeanOverTheSeedsWithItsSpreadAndItsDistanceToNoDropout() {
    assertThat(table().markdown())
        .containsExactly(
            "| dropout | updates a round | held-out nats per byte (mean over seeds) | lowest,"
                + " highest | above no dropout |",
            "| ---: | ---: | ---: | ---: | ---: |",
            "| 0 % | 20.0 of 20 | 2.050 | 2.000, 2.100 | +0.000 |",
            "| 50 % | 10.5 of 20 | 2.400 | 2.300, 2.500 | +0.350 |");
  }

  @Test
  void theCsvHasARowARun() throws IOException {
    assertThat(table().csv().lines())
        .hasSize(5)
        .contains("0.5,2,20,20,10,iid,2,11.5,5.5,2.3,10.0,20.0,digest");
  }
}
