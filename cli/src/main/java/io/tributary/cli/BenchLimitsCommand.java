package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.simulation.limits.LimitsBenchmark;
import io.tributary.simulation.limits.MachineLimits;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench limits}. */
@Command(
    name = "limits",
    description =
        "Measure what bounds a coordinator here, now: TLS, TLS with SHA-256, write + fsync, memory.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Disks and shared processors change from minute to minute: compare only within one run.",
      "",
      "Example:",
      "  tributary bench limits --file-bytes 4000000 --directory /var/lib"
    })
final class BenchLimitsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--seconds", description = "For each limit. Default: ${DEFAULT-VALUE}.")
  private double seconds = 2;

  @Option(
      names = "--file-bytes",
      description = "Of the files that are written and forced. Default: ${DEFAULT-VALUE}.")
  private long fileBytes = 4_000_000;

  @Option(
      names = "--directory",
      description = "On the disk that counts. Default: the temporary directory.")
  private Path directory;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    Usage.requireRange("--file-bytes", fileBytes, 1, 1L << 40);
    long millis = BenchSwarmCommand.millis("--seconds", seconds);
    MachineLimits limits;
    try (ScratchDirectory scratch = ScratchDirectory.in(directory)) {
      limits = LimitsBenchmark.run(scratch.path(), fileBytes, millis);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(limits));
    } else {
      print(out, limits);
    }
    out.flush();
    return 0;
  }

  static void print(PrintWriter out, MachineLimits limits) {
    line(out, "TLS 1.3 loopback", limits.tlsLoopbackMegabytesPerSecond());
    line(out, "TLS 1.3 loopback + SHA-256", limits.tlsSha256LoopbackMegabytesPerSecond());
    line(out, "write + fsync", limits.diskWriteFsyncMegabytesPerSecond());
    line(out, "memory, one thread", limits.memoryMegabytesPerSecond());
    MachineLimits.EXPLANATION.forEach(line -> out.println("  " + line));
  }

  private static void line(PrintWriter out, String name, double megabytesPerSecond) {
    out.printf(Locale.ROOT, "%-27s %,9.0f MB/s%n", name, megabytesPerSecond);
  }
}
