package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.cli.bench.SwarmTable;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.ServerRules;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.swarm.SwarmBenchmark;
import io.tributary.simulation.swarm.SwarmOptions;
import io.tributary.simulation.swarm.SwarmResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench swarm}. */
@Command(
    name = "swarm",
    description = {
      "Drive many real sites from this process against a real coordinator process, and measure it.",
      "Sites have certificates of their own and speak the real protocol; training takes no time."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary bench swarm --clients 100 --params 1000000 --rounds 3",
      "  tributary bench swarm --clients 32 --params 22000000 --rounds 3 --rule median --output json"
    })
final class BenchSwarmCommand implements Callable<Integer> {
  private static final double LONGEST_SECONDS = 600;
  private static final int MILLIS_PER_SECOND = 1_000;

  /** Of its sites a robust rule believes that so many may be hostile, if nothing else is said. */
  private static final int HOSTILE_OF = 5;

  @Spec private CommandSpec spec;

  @Option(names = "--clients", description = "Sites. Default: ${DEFAULT-VALUE}.")
  private int clients = 8;

  @Option(names = "--params", description = "Of the model. Default: ${DEFAULT-VALUE}.")
  private long parameters = 1_000_000;

  @Option(names = "--rounds", description = "That are counted. Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(
      names = "--warmup-rounds",
      description =
          "Before them, not counted. Default: 4 GB of updates, but from 1 to 200 rounds: so long"
              + " the JIT still compiles.")
  private Integer warmupRounds;

  @Option(
      names = "--rule",
      description = "aggregation.rule of the job, such as median. Default: weighted-mean.")
  private String rule;

  @Option(
      names = "--byzantine",
      description =
          "aggregation.byzantine of krum and multi-krum. Default: a fifth of the clients, if there"
              + " are enough.")
  private Integer byzantine;

  @Option(names = "--trim-share", description = "aggregation.trim-share. Default: the job's.")
  private Double trimShare;

  @Option(
      names = "--clipping-norm",
      description = "aggregation.clipping-norm. Default: 1, with norm-clipped-mean.")
  private Double clippingNorm;

  @Option(
      names = "--optimizer",
      description = "server.optimizer of the job, such as adam. Default: sgd.")
  private String optimizer;

  @Option(
      names = "--directory",
      description =
          "Where the coordinator's home is made, and deleted. Default: the temporary directory.")
  private Path directory;

  @Option(
      names = "--limit-seconds",
      description = "For each limit, before and after. Default: ${DEFAULT-VALUE}.")
  private double limitSeconds = 1;

  @Option(
      names = "--coordinator-java-opts",
      description =
          "More options for the coordinator's JVM, such as -Xmx200m. Default: none, it runs as shipped.")
  private String javaOptions = "";

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    Usage.requireRange("--clients", clients, 1, SwarmOptions.MAX_CLIENTS);
    Usage.requireRange(
        "--params", parameters, SwarmOptions.MIN_PARAMETERS, SwarmOptions.MAX_PARAMETERS);
    Usage.requireRange("--rounds", rounds, 1, SwarmOptions.MAX_ROUNDS);
    int warmup =
        warmupRounds == null ? SwarmOptions.usualWarmup(clients, parameters) : warmupRounds;
    Usage.requireRange("--warmup-rounds", warmup, 0, SwarmOptions.MAX_ROUNDS);
    long millis = millis("--limit-seconds", limitSeconds);
    SwarmOptions options =
        Usage.checked(
            () ->
                new SwarmOptions(
                    clients, parameters, warmup, rounds, aggregation(), server(), millis));
    PrintWriter out = spec.commandLine().getOut();
    SwarmResult result;
    try (ScratchDirectory scratch = ScratchDirectory.in(directory)) {
      result =
          SwarmBenchmark.run(
              options,
              scratch.path(),
              launcher(),
              line -> {
                out.println(line);
                out.flush();
              });
    } catch (IllegalArgumentException e) { // of the job: the rule and so many sites
      throw new UserErrorException(UserErrorException.Kind.USAGE, e.getMessage(), e);
    }
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      SwarmTable.print(out, result);
    }
    out.flush();
    return 0;
  }

  /** Checks a time that was given on the command line. */
  static long millis(String option, double seconds) {
    if (!(seconds >= 1.0 / MILLIS_PER_SECOND && seconds <= LONGEST_SECONDS)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          option + " is " + seconds + " but must be 0.001 to " + LONGEST_SECONDS);
    }
    return Math.round(seconds * MILLIS_PER_SECOND);
  }

  private AggregationRules aggregation() {
    AggregationRules.Rule named =
        named("--rule", rule, AggregationRules.Rule.values(), AggregationRules.Rule.WEIGHTED_MEAN);
    boolean krum = named == AggregationRules.Rule.KRUM || named == AggregationRules.Rule.MULTI_KRUM;
    boolean clipped = named == AggregationRules.Rule.NORM_CLIPPED_MEAN;
    return new AggregationRules(
        named,
        trimShare,
        byzantine == null && krum
            ? Integer.valueOf(Math.max(0, Math.min((clients - 3) / 2, clients / HOSTILE_OF)))
            : byzantine,
        null,
        clippingNorm == null && clipped ? Double.valueOf(1) : clippingNorm,
        null);
  }

  private ServerRules server() {
    return new ServerRules(
        named("--optimizer", optimizer, ServerRules.Optimizer.values(), ServerRules.Optimizer.SGD),
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static <T extends Enum<T>> T named(String option, String name, T[] all, T unstated) {
    if (name == null) {
      return unstated;
    }
    return Arrays.stream(all)
        .filter(each -> each.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserErrorException(
                    UserErrorException.Kind.USAGE,
                    option
                        + " is "
                        + name
                        + " but must be one of "
                        + Arrays.stream(all).map(T::toString).collect(Collectors.joining(", "))));
  }

  /** The coordinator as it is shipped; this process's own options are not its own. */
  private Launcher launcher() {
    return new Launcher(
        List.of(
            "env",
            "TRIBUTARY_JAVA_OPTS=" + javaOptions,
            Distribution.path().resolve("bin").resolve("tributary").toString()));
  }
}
