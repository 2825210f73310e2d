package io.tributary.cli;

import io.tributary.cli.simulate.AttackTable;
import io.tributary.cli.simulate.ScratchDirectory;
import io.tributary.cli.simulate.SimulationRequest;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.simulation.virtual.Attack;
import io.tributary.simulation.virtual.Simulation;
import io.tributary.simulation.virtual.SimulationListener;
import io.tributary.simulation.virtual.SimulationOptions;
import io.tributary.simulation.virtual.SimulationResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench attack}: every aggregation rule with and without lying sites, as a table. */
@Command(
    name = "attack",
    description =
        "Simulate a job under every aggregation rule, clean and with sites that send their update"
            + " times a factor, and print the held-out losses as a Markdown table.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary bench attack",
      "  tributary bench attack --rules weighted-mean,median --attackers 3 --csv attack.csv"
    })
final class BenchAttackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--job",
      description = "The job's YAML file. Default: the distribution's jobs/shakespeare.yaml.")
  private Path job;

  @Option(names = "--sites", description = "All of them train. Default: ${DEFAULT-VALUE}.")
  private int sites = 10;

  @Option(names = "--attackers", description = "Sites that lie. Default: ${DEFAULT-VALUE}.")
  private int attackers = 2;

  @Option(names = "--factor", description = "Of their updates. Default: ${DEFAULT-VALUE}.")
  private double factor = -10;

  @Option(
      names = "--rules",
      split = ",",
      description = "As aggregation.rule of a job. Default: all of them.")
  private List<String> rules = Arrays.stream(Rule.values()).map(Rule::toString).toList();

  @Option(
      names = "--clipping-norm",
      description = "Of norm-clipped-mean. Default: ${DEFAULT-VALUE}.")
  private double clippingNorm = 2;

  @Option(names = "--partition", description = "As of simulate. Default: ${DEFAULT-VALUE}.")
  private String partition = "iid";

  @Option(names = "--data", description = "As of simulate. Default: three plays.")
  private Path data;

  @Option(names = "--rounds", description = "How many. Default: the job's.")
  private Integer rounds;

  @Option(names = "--seed", description = "Default: the job's.")
  private Long seed;

  @Option(names = "--workers", description = "As of simulate. Default: the machine's cores.")
  private Integer workers;

  @Option(
      names = "--out",
      description =
          "A new directory for all simulations; the same command goes on from what is there."
              + " Default: a temporary one, deleted at the end.")
  private Path out;

  @Option(names = "--csv", description = "A file for the rows, one a rule.")
  private Path csv;

  @Override
  public Integer call() throws IOException {
    Usage.requireRange("--attackers", attackers, 0, sites);
    if (!Double.isFinite(factor)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, "--factor is " + factor + " but must be finite");
    }
    if (out != null) {
      return bench(out);
    }
    try (ScratchDirectory scratch = ScratchDirectory.create()) {
      return bench(scratch.path());
    }
  }

  private int bench(Path directory) throws IOException {
    PrintWriter printer = spec.commandLine().getOut();
    Path file = job != null ? job : Distribution.path().resolve("jobs").resolve("shakespeare.yaml");
    List<Rule> chosen = rules.stream().map(RuleNames::rule).toList();
    SimulationOptions plain =
        new SimulationRequest(file, data, sites, partition, 0, seed, rounds, sites, null, workers)
            .resolve(directory);
    AttackTable table = new AttackTable();
    for (Rule rule : chosen) {
      AggregationRules stated = Usage.checked(() -> rules(rule));
      SimulationResult clean = run(plain, stated, Attack.NONE, directory.resolve(rule + "-clean"));
      SimulationResult attacked =
          run(plain, stated, new Attack(attackers, factor), directory.resolve(rule + "-attacked"));
      table.add(
          stated,
          clean.initialNatsPerByte(),
          clean.finalNatsPerByte(),
          attacked.finalNatsPerByte());
      printer.printf(
          Locale.ROOT,
          "%s: clean %.4f, attacked %.4f nats per byte, %.0f s%n",
          rule,
          clean.finalNatsPerByte(),
          attacked.finalNatsPerByte(),
          clean.wallSeconds() + attacked.wallSeconds());
      printer.flush();
    }
    printer.println();
    table.markdown().forEach(printer::println);
    printer.flush();
    if (csv != null) {
      Files.writeString(csv, table.csv());
    }
    return 0;
  }

  /** The rule with the number of lying sites as its bound, where it has one. */
  private AggregationRules rules(Rule rule) {
    return switch (rule) {
      case TRIMMED_MEAN ->
          new AggregationRules(rule, (double) attackers / sites, null, null, null, null);
      case KRUM, MULTI_KRUM -> new AggregationRules(rule, null, attackers, null, null, null);
      case NORM_CLIPPED_MEAN -> new AggregationRules(rule, null, null, null, clippingNorm, null);
      case WEIGHTED_MEAN, UNWEIGHTED_MEAN, MEDIAN, GEOMETRIC_MEDIAN ->
          new AggregationRules(rule, null, null, null, null, null);
    };
  }

  private static SimulationResult run(
      SimulationOptions plain, AggregationRules rules, Attack attack, Path directory)
      throws IOException {
    SimulationOptions options =
        plain.with(Usage.checked(() -> plain.job().withAggregation(rules)), attack, directory);
    SimulationResult result = Simulation.run(options, SimulationListener.SILENT);
    if (!result.isCompleted()) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "with the rule "
              + rules.rule()
              + " and "
              + attack.sites()
              + " lying sites the job "
              + result.outcome()
              + ": "
              + result.reason());
    }
    return result;
  }
}
