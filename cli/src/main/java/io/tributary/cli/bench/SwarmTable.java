package io.tributary.cli.bench;

import io.tributary.simulation.limits.MachineLimits;
import io.tributary.simulation.swarm.SwarmResult;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A swarm's result for people. */
public final class SwarmTable {
  private static final double MEGA = 1e6;

  private SwarmTable() {}

  /** Prints it. */
  public static void print(PrintWriter out, SwarmResult result) {
    out.printf(
        Locale.ROOT,
        "%,d clients, %,d parameters (%.1f MB an update), %d rounds after %d to warm up, %s, server %s%n",
        result.clients(),
        result.params(),
        result.updateBytes() / MEGA,
        result.rounds(),
        result.warmupRounds(),
        result.rule(),
        result.optimizer());
    row(out, "round", "%.2f s%s", result.roundSecondsMedian(), spread(result.roundSeconds()));
    row(
        out,
        "ingest",
        "%.0f MB/s, %.0f %% of the limit%s",
        result.ingestMegabytesPerSecond(),
        result.ingestShareOfLimit() * 100,
        spread(result.ingestSeconds()));
    row(out, "whole round", "%.0f MB/s of updates", result.wholeRoundMegabytesPerSecond());
    row(
        out,
        "egress",
        "%.0f MB/s%s",
        result.egressMegabytesPerSecond(),
        spread(result.egressSeconds()));
    row(out, "fold and publish", "%.2f s", result.foldSecondsMedian());
    row(
        out,
        "coordinator's CPU",
        "%.2f s a GB received: %.2f ingest, %.2f fold, %.2f egress",
        result.coordinatorCpuSecondsPerGigabyte(),
        result.ingestCpuSecondsPerGigabyte(),
        result.foldCpuSecondsPerGigabyte(),
        result.egressCpuSecondsPerGigabyte());
    row(
        out,
        "coordinator's peak",
        "%.0f MB resident",
        result.coordinatorPeakResidentBytes() / MEGA);
    row(out, "handshakes", "%.0f a second", result.handshakesPerSecond());
    row(
        out,
        "checked",
        "%,d receipts; %d published models recomputed",
        result.receipts(),
        result.modelsChecked());
    limit(
        out,
        "TLS loopback",
        result.limitsBefore().tlsLoopbackMegabytesPerSecond(),
        result.limitsAfter().tlsLoopbackMegabytesPerSecond());
    limit(
        out,
        "TLS + SHA-256",
        result.limitsBefore().tlsSha256LoopbackMegabytesPerSecond(),
        result.limitsAfter().tlsSha256LoopbackMegabytesPerSecond());
    limit(
        out,
        "write + fsync",
        result.limitsBefore().diskWriteFsyncMegabytesPerSecond(),
        result.limitsAfter().diskWriteFsyncMegabytesPerSecond());
    limit(
        out,
        "memory",
        result.limitsBefore().memoryMegabytesPerSecond(),
        result.limitsAfter().memoryMegabytesPerSecond());
    out.println("What is measured:");
    out.println(
        "  ingest: all updates ÷ (first chunk sent to last receipt received); the updates are hashed"
            + " before the rounds, and copied, encrypted and sent within them, on the same"
            + " processors");
    out.println(
        "  egress: the model to all clients ÷ (first offer to its last chunk); clients count what"
            + " they receive and do not store it");
    out.println(
        "  whole round: all updates ÷ the coordinator's own record of the round; rates, seconds and CPU"
            + " are medians over the rounds, and rounds to warm up are not among them");
    out.println("  the limits, before and after; the smaller counts:");
    MachineLimits.EXPLANATION.forEach(line -> out.println("    " + line));
  }

  private static void row(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-20s " + format + "%n", prepend(name, values));
  }

  private static Object[] prepend(String name, Object... values) {
    Object[] all = new Object[values.length + 1];
    all[0] = name;
    System.arraycopy(values, 0, all, 1, values.length);
    return all;
  }

  private static void limit(PrintWriter out, String name, double before, double after) {
    row(out, name + " limit", "%,.0f MB/s (%,.0f, %,.0f)", Math.min(before, after), before, after);
  }

  private static String spread(List<Double> seconds) {
    double least = seconds.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double most = seconds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return String.format(Locale.ROOT, " (%.2f to %.2f s)", least, most);
  }
}
