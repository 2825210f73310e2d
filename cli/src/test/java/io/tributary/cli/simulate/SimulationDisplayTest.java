package io.tributary.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.simulation.virtual.RoundLine;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class SimulationDisplayTest {
  private static final RoundLine LINE =
      new RoundLine(3, 1, "committed", 9, 7, 1, 1, 0, 1.75, 100, 4.5, 2.5, 4.0, "digest");

  @Test
  void elsewhereThanOnATerminalEachRoundIsALineAsItComes() {
    StringWriter out = new StringWriter();
    try (SimulationDisplay display = new SimulationDisplay(new PrintWriter(out), false, 10)) {
      display.started(9, 1_000, 20_000);
      display.taskOver();
      assertThat(out.toString()).contains("9 virtual sites with 1,000 to 20,000 bytes");
      display.round(LINE);
      assertThat(out.toString().strip().lines().reduce("", (a, b) -> b))
          .isEqualTo(SimulationDisplay.row(LINE));
    }
    assertThat(SimulationDisplay.row(LINE))
        .matches(" +3  committed +7/9 +1 +1 +1\\.7500 +2\\.50 +4\\.00");
  }

  @Test
  void onATerminalTheTableComesOnceAtTheEnd() {
    StringWriter out = new StringWriter();
    try (SimulationDisplay display = new SimulationDisplay(new PrintWriter(out), true, 10)) {
      display.started(9, 1_000, 20_000);
      display.taskOver();
      display.round(LINE);
      assertThat(out.toString()).doesNotContain("committed");
      display.finish();
    }
    assertThat(out.toString()).containsOnlyOnce(SimulationDisplay.row(LINE));
  }

  @Test
  void aRoundWithoutMeasurementsShowsHyphens() {
    RoundLine bare = new RoundLine(1, 2, "aborted", 9, 0, 9, 0, 0, null, 0, 4.5, null, null, null);
    assertThat(SimulationDisplay.row(bare)).matches(" +1  aborted +0/9 +9 +0 +- +- +-");
  }
}
