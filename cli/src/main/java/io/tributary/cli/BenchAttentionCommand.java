package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.AttentionRules;
import io.tributary.transformer.samediff.AttentionBenchmark;
import io.tributary.transformer.samediff.AttentionBenchmark.Cost;
import io.tributary.transformer.samediff.AttentionBenchmark.Result;
import io.tributary.transformer.samediff.AttentionBenchmark.Sizes;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench attention}. */
@Command(
    name = "attention",
    description = "Compute one causal attention whole and in tiles: memory, time, difference.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary bench attention --length 2048 --heads 4 --head-width 32 --tile 128",
      "  tributary bench attention --length 2048 --window 256"
    })
final class BenchAttentionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--batch", description = "Sequences. Default: ${DEFAULT-VALUE}.")
  private int batch = 1;

  @Option(names = "--heads", description = "Default: ${DEFAULT-VALUE}.")
  private int heads = 4;

  @Option(names = "--length", description = "Positions. Default: ${DEFAULT-VALUE}.")
  private int length = 2048;

  @Option(names = "--head-width", description = "Columns of a head. Default: ${DEFAULT-VALUE}.")
  private int headWidth = 32;

  @Option(names = "--tile", description = "Positions of a tile. Default: ${DEFAULT-VALUE}.")
  private int tile = 128;

  @Option(names = "--window", description = "Only so many positions back are seen. Default: all.")
  private Integer window;

  @Option(names = "--threads", description = "Of the maths library. Default: ${DEFAULT-VALUE}.")
  private int threads = 1;

  @Option(names = "--repeats", description = "Timed runs. Default: ${DEFAULT-VALUE}.")
  private int repeats = 10;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    Usage.requireRange("--threads", threads, 1, 1024);
    Usage.requireRange("--repeats", repeats, 1, 10_000);
    Sizes sizes =
        Usage.checked(
            () -> {
              AttentionRules rules = AttentionRules.MULTI_HEAD.tiled(tile);
              return new Sizes(
                  batch, heads, length, headWidth, window == null ? rules : rules.local(window));
            });
    Result result = AttentionBenchmark.run(sizes, threads, repeats);
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      print(out, "whole", result.whole());
      print(out, "tiled", result.tiled());
      out.printf(
          Locale.ROOT,
          "tiled takes %.3f of the memory forward and %.3f in training; %.2f and %.2f times as"
              + " long%n",
          (double) result.tiled().forwardBytes() / result.whole().forwardBytes(),
          (double) result.tiled().trainingBytes() / result.whole().trainingBytes(),
          result.tiled().forwardMillis() / result.whole().forwardMillis(),
          result.tiled().trainingMillis() / result.whole().trainingMillis());
      out.printf(
          Locale.ROOT,
          "largest difference: %.1e of an answer, %.1e of a gradient%n",
          result.largestDifference(),
          result.largestGradientDifference());
    }
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, String name, Cost cost) {
    out.printf(
        Locale.ROOT,
        "%s: forward %.1f MB, %.1f ms; forward and backward %.1f MB, %.1f ms%n",
        name,
        cost.forwardBytes() / 1e6,
        cost.forwardMillis(),
        cost.trainingBytes() / 1e6,
        cost.trainingMillis());
  }
}
