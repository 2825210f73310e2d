package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.bench.RecoveryBenchmark;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench recovery}. */
@Command(
    name = "recovery",
    description = "Kill a coordinator with committed updates, and time until it serves again.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  tributary bench recovery --parameters 22000000 --updates 20"})
final class BenchRecoveryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--parameters", description = "Of the model. Default: ${DEFAULT-VALUE}.")
  private long parameters = 22_000_000;

  @Option(names = "--updates", description = "Committed ones. Default: ${DEFAULT-VALUE}.")
  private int updates = 20;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    Usage.requireRange("--parameters", parameters, 1, 100_000_000);
    Usage.requireRange("--updates", updates, 1, 1000);
    Launcher launcher =
        new Launcher(List.of(Distribution.path().resolve("bin").resolve("tributary").toString()));
    RecoveryBenchmark.Result result;
    try (ScratchDirectory directory = ScratchDirectory.create()) {
      result = RecoveryBenchmark.run(directory.path(), launcher, parameters, updates);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      out.printf(
          Locale.ROOT,
          "model %.1f MB, %d committed updates: serving again %.2f s after the start;"
              + " reading and hashing the %.0f MB of spools once takes %.2f s; beyond that %.2f s%n",
          result.modelBytes() / 1e6,
          result.updates(),
          result.servingSeconds(),
          result.spoolBytes() / 1e6,
          result.rereadSeconds(),
          result.beyondRereadSeconds());
    }
    out.flush();
    return 0;
  }
}
