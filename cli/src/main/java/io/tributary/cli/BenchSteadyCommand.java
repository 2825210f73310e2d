package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.SteadyBenchmark;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench steady}. */
@Command(
    name = "steady",
    description = "Train for many steps and watch whether resident memory grows.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  tributary bench steady --preset moe-tiny --steps 1000"})
final class BenchSteadyCommand implements Callable<Integer> {
  private static final int MAX_COUNT = 100_000;

  @Spec private CommandSpec spec;

  @Option(names = "--preset", description = "Model. Default: ${DEFAULT-VALUE}.")
  private String preset = "gpt-tiny";

  @Option(names = "--batch", description = "Sequences a step. Default: ${DEFAULT-VALUE}.")
  private int batch = 16;

  @Option(names = "--threads", description = "Of the maths library. Default: ${DEFAULT-VALUE}.")
  private int threads = 1;

  @Option(
      names = "--steps",
      description = "Steps after a warm-up of 200. Default: ${DEFAULT-VALUE}.")
  private int steps = 1000;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    TransformerConfig config = Usage.checked(() -> BenchmarkModel.config(preset, null, null));
    Usage.requireRange("--batch", batch, 1, MAX_COUNT);
    Usage.requireRange("--threads", threads, 1, MAX_COUNT);
    Usage.requireRange("--steps", steps, 1, MAX_COUNT);
    SteadyBenchmark.Result result =
        Usage.checked(() -> SteadyBenchmark.run(config, batch, threads, steps));
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      out.printf(
          Locale.ROOT,
          "%s, %d steps after the warm-up: resident %.1f MB before, %.1f MB at most (%+.1f %%),"
              + " %.1f MB after; loss %.3f to %.3f%n",
          preset,
          result.steps(),
          result.residentBytesBefore() / 1e6,
          result.residentBytesMost() / 1e6,
          result.growth() * 100,
          result.residentBytesAfter() / 1e6,
          result.firstLoss(),
          result.lastLoss());
    }
    out.flush();
    return 0;
  }
}
