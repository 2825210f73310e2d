package io.tributary.cli.demo;

import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.RoundRecord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The demo's table: a line a finished round, and on a terminal one moving line for the round at
 * work.
 */
final class RoundTable {
  private static final double LN_2 = StrictMath.log(2);
  private static final double MEGA = 1e6;
  private static final int MAX_LIVE_WIDTH = 79;

  private final PrintWriter out;
  private final boolean terminal;
  private final String unit;
  private int lastRound = -1;
  private int lastAttempt;
  private String live = "";

  /** A table whose losses are per byte. */
  RoundTable(PrintWriter out, boolean terminal) {
    this(out, terminal, "B");
  }

  /**
   * A table.
   *
   * @param unit what a loss is per
   */
  RoundTable(PrintWriter out, boolean terminal, String unit) {
    this.unit = unit;
    this.out = out;
    this.terminal = terminal;
  }

  void header() {
    line(
        "%5s  %8s  %12s  %12s  %7s  %7s  %7s  %s",
        "round",
        "reported",
        "held-out b/" + unit,
        "held-out n/" + unit,
        "MB up",
        "MB down",
        "seconds",
        "dropped");
  }

  /** Prints the records that have come since the last call, and moves the live line. */
  void show(JobStatus status) {
    show(status.history());
    if (terminal) {
      live(status);
    }
  }

  /** Prints the records that have come since the last call, by round and attempt. */
  void show(List<RoundRecord> history) {
    for (RoundRecord record : history) {
      boolean later = record.round() == lastRound && record.attempt() > lastAttempt;
      if (record.round() > lastRound || later) {
        record(record);
        lastRound = record.round();
        lastAttempt = record.attempt();
      }
    }
  }

  /** Prints a sentence between the lines of the table. */
  void note(String text) {
    line("       %s", text);
  }

  /** Removes the live line. */
  void finish() {
    clearLive();
    out.flush();
  }

  private void record(RoundRecord record) {
    long folded = record.sites().stream().filter(site -> site.state().equals("folded")).count();
    Double nats = record.heldOut() == null ? null : record.heldOut().natsPerByte();
    line(
        "%5d  %8s  %12s  %12s  %7.1f  %7.1f  %7.1f  %s",
        record.round(),
        record.sites().isEmpty() ? "-" : folded + "/" + record.sites().size(),
        nats == null ? "-" : String.format(Locale.ROOT, "%.3f", nats / LN_2),
        nats == null ? "-" : String.format(Locale.ROOT, "%.3f", nats),
        record.bytesUp() / MEGA,
        record.bytesDown() / MEGA,
        record.seconds(),
        dropped(record));
  }

  private static String dropped(RoundRecord record) {
    List<String> reasons = new ArrayList<>();
    if (record.outcome().equals("aborted")) {
      reasons.add("attempt " + record.attempt() + " aborted: " + record.reason());
    }
    for (RoundRecord.Site site : record.sites()) {
      if (site.reason() != null) {
        reasons.add(site.site() + ": " + site.reason());
      }
    }
    return String.join("; ", reasons);
  }

  private void live(JobStatus status) {
    long done = 0;
    long total = 0;
    long ready = 0;
    for (JobStatus.Site site : status.sites()) {
      if (site.state().equals("training") && site.total() != null) {
        done += site.done();
        total += site.total();
      }
      ready += site.state().equals("durable") || site.state().equals("reported") ? 1 : 0;
    }
    String text =
        String.format(
            Locale.ROOT,
            "%5d  %s, %d of %d sites connected, %d reported%s",
            status.round(),
            status.state(),
            status.sites().stream().filter(JobStatus.Site::connected).count(),
            status.sites().size(),
            ready,
            total == 0 ? "" : ", step " + done + " of " + total);
    clearLive();
    live = text.substring(0, Math.min(text.length(), MAX_LIVE_WIDTH));
    out.print(live);
    out.flush();
  }

  private void clearLive() {
    if (!live.isEmpty()) {
      out.print("\r" + " ".repeat(live.length()) + "\r");
      live = "";
    }
  }

  private void line(String format, Object... values) {
    clearLive();
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    out.flush();
  }
}
