package io.tributary.cli.simulate;

import io.tributary.simulation.virtual.RoundLine;
import io.tributary.simulation.virtual.SimulationListener;
import io.tributary.simulation.virtual.SimulationResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows a simulation to people: a progress bar on a terminal, with the table at its end; a line a
 * round elsewhere, as it comes.
 */
public final class SimulationDisplay implements SimulationListener, AutoCloseable {
  private static final int UPDATE_MILLIS = 500;
  private static final String HEADER =
      String.format(
          Locale.ROOT,
          "%5s  %-9s %15s %8s %5s %12s %9s %9s",
          "round",
          "outcome",
          "folded/selected",
          "dropped",
          "late",
          "held-out n/B",
          "seconds",
          "training");

  private final PrintWriter out;
  private final boolean terminal;
  private final long tasks;
  private final List<String> kept = new ArrayList<>();
  private ProgressBar bar;

  /**
   * A display.
   *
   * @param tasks about how many there will be
   */
  public SimulationDisplay(PrintWriter out, boolean terminal, long tasks) {
    this.out = out;
    this.terminal = terminal;
    this.tasks = tasks;
  }

  @Override
  public void started(int sites, long smallestBytes, long largestBytes) {
    say(
        String.format(
            Locale.ROOT,
            "%d virtual sites with %,d to %,d bytes of text each.",
            sites,
            smallestBytes,
            largestBytes));
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("simulate")
              .setInitialMax(tasks)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .setStyle(ProgressBarStyle.ASCII)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    } else {
      say(HEADER);
    }
  }

  @Override
  public void taskOver() {
    if (bar != null) {
      bar.step();
    }
  }

  @Override
  public void round(RoundLine line) {
    String row = row(line);
    if (bar == null) {
      say(row);
    } else {
      kept.add(row);
      if (line.heldOutNatsPerByte() != null) {
        bar.setExtraMessage(
            String.format(
                Locale.ROOT, "round %d: %.3f n/B", line.round(), line.heldOutNatsPerByte()));
      }
    }
  }

  static String row(RoundLine line) {
    return String.format(
        Locale.ROOT,
        "%5d  %-9s %15s %8d %5d %12s %9s %9s",
        line.round(),
        line.outcome(),
        line.folded() + "/" + line.selected(),
        line.dropped(),
        line.late(),
        number("%.4f", line.heldOutNatsPerByte()),
        number("%.2f", line.wallSeconds()),
        number("%.2f", line.trainingSeconds()));
  }

  private static String number(String format, Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  /** The conclusions. */
  public void conclude(SimulationResult result) {
    finish();
    say("");
    say(
        String.format(
            Locale.ROOT,
            "%s after %d rounds%s: %s nats per byte on held-out text (%s before); %d dropouts.",
            result.outcome(),
            result.rounds(),
            result.reason() == null ? "" : " (" + result.reason() + ")",
            number("%.4f", result.finalNatsPerByte()),
            number("%.4f", result.initialNatsPerByte()),
            result.droppedSites()));
    say("Model " + result.modelDigest());
    if (result.overheadRatio() != null) {
      say(
          String.format(
              Locale.ROOT,
              "%.1f s with %d workers; %.1f s inside trainers: %.3f times the pure training time.%s",
              result.wallSeconds(),
              result.workers(),
              result.trainingSeconds(),
              result.overheadRatio(),
              result.peakResidentBytes() == null
                  ? ""
                  : String.format(
                      Locale.ROOT, " Peak resident %.0f MB.", result.peakResidentBytes() / 1e6)));
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }

  @Override
  public void close() {
    finish();
  }

  /** Ends the bar and shows the table in its place. */
  public void finish() {
    if (bar != null) {
      bar.close();
      bar = null;
      say(HEADER);
      kept.forEach(this::say);
    }
  }
}
