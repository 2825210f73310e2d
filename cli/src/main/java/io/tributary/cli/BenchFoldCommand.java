package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.coordinator.fold.AggregationRefusedException;
import io.tributary.coordinator.fold.Aggregators;
import io.tributary.simulation.bench.FoldBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench fold}: aggregation rules beside this machine's memory. */
@Command(
    name = "fold",
    description =
        "Measure memory bandwidth, the weighted mean's share of it, and whole folds of every"
            + " aggregation rule. Krum takes 3 updates or more.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary bench fold",
      "  tributary bench fold --sites 32 --parameters 22000000 --rules median,krum --repeats 1"
    })
final class BenchFoldCommand implements Callable<Integer> {
  /** All of one run, as one JSON object. */
  record Result(
      int sites, int parameters, FoldBenchmark.Memory memory, List<FoldBenchmark.RuleRate> rules) {}

  @Spec private CommandSpec spec;

  @Option(names = "--sites", description = "Updates of a fold. Default: ${DEFAULT-VALUE}.")
  private int sites = 100;

  @Option(names = "--parameters", description = "Of the model. Default: ${DEFAULT-VALUE}.")
  private int parameters = 1_000_000;

  @Option(
      names = "--rules",
      split = ",",
      description = "As aggregation.rule of a job. Default: all of them.")
  private List<String> rules = Arrays.stream(Rule.values()).map(Rule::toString).toList();

  @Option(names = "--repeats", description = "Timed folds a rule. Default: ${DEFAULT-VALUE}.")
  private int repeats = 3;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws IOException {
    Usage.requireRange("--sites", sites, 1, 2048);
    Usage.requireRange("--parameters", parameters, 1, FoldBenchmark.MAX_PARAMETERS);
    Usage.requireRange("--repeats", repeats, 1, 100);
    List<Rule> chosen = rules.stream().map(RuleNames::rule).toList();
    for (Rule rule : chosen) {
      requireApplicable(rule);
    }
    PrintWriter out = spec.commandLine().getOut();
    FoldBenchmark.Memory memory = FoldBenchmark.memory();
    boolean text = output == OutputFormat.TEXT;
    if (text) {
      print(out, memory);
    }
    List<FoldBenchmark.RuleRate> rates = new ArrayList<>();
    try (ScratchDirectory directory = ScratchDirectory.create()) {
      for (Rule rule : chosen) {
        FoldBenchmark.RuleRate rate =
            FoldBenchmark.rule(
                directory.path(), FoldBenchmark.rules(rule, sites), sites, parameters, repeats);
        rates.add(rate);
        if (text) {
          out.printf(
              Locale.ROOT,
              "| %s | %.3f | %,.0f |%n",
              rate.rule(),
              rate.seconds(),
              rate.megabytesPerSecond());
          out.flush();
        }
      }
    }
    if (!text) {
      out.println(
          new ObjectMapper().writeValueAsString(new Result(sites, parameters, memory, rates)));
      out.flush();
    }
    return 0;
  }

  private void requireApplicable(Rule rule) {
    try {
      int unusedTile = Aggregators.of(FoldBenchmark.rules(rule, sites)).tileValues(sites);
    } catch (AggregationRefusedException e) {
      throw new UserErrorException(UserErrorException.Kind.USAGE, e.getMessage(), e);
    }
  }

  private void print(PrintWriter out, FoldBenchmark.Memory memory) {
    out.printf(
        Locale.ROOT,
        "memory (triad): %.1f GB/s on one thread, %.1f GB/s on %d%n",
        memory.bandwidthOneThread() / 1e9,
        memory.bandwidth() / 1e9,
        memory.threads());
    out.printf(
        Locale.ROOT,
        "weighted mean from tiles in memory, 20 bytes a value: %.1f GB/s on one thread (%.0f %% of"
            + " the memory's), %.1f GB/s on %d (%.0f %%)%n%n",
        memory.meanOneThread() / 1e9,
        100 * memory.shareOneThread(),
        memory.mean() / 1e9,
        memory.threads(),
        100 * memory.share());
    out.printf(
        Locale.ROOT,
        "| rule, %d updates of %,d values | seconds | MB/s |%n| --- | ---: | ---: |%n",
        sites,
        parameters);
    out.flush();
  }
}
