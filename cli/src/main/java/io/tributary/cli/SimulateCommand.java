package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.simulate.ScratchDirectory;
import io.tributary.cli.simulate.SimulationDisplay;
import io.tributary.cli.simulate.SimulationRequest;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.RoundRules;
import io.tributary.simulation.virtual.Simulation;
import io.tributary.simulation.virtual.SimulationOptions;
import io.tributary.simulation.virtual.SimulationResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary simulate}: many virtual sites in one process, for researchers. */
@Command(
    name = "simulate",
    description = {
      "Run a job with virtual sites in this process: the real coordinator, ledger, update pipeline"
          + " and trainers, without sockets and without waiting.",
      "The same job, seed, sites and texts give the same model as the deployed run, whatever the"
          + " number of workers. See docs/simulation.md."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Cohort and quorum: the job's own cohort is kept where there are as many sites, and the quorum",
      "keeps its share of it. With --dropout the quorum is at most half of the updates that are",
      "expected. A quorum that the dropout would probably miss is refused.",
      "",
      "Examples:",
      "  tributary simulate --job jobs/shakespeare.yaml --sites 20",
      "  tributary simulate --job jobs/shakespeare.yaml --sites 100 --cohort 100 \\",
      "      --partition dirichlet:0.3 --dropout 0.1 --seed 7 --out runs/skewed",
      "  tributary simulate --job job.yaml --data texts --partition by-file --sites 12 --output json"
    })
final class SimulateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--job", required = true, description = "The job's YAML file.")
  private Path job;

  @Option(names = "--sites", required = true, description = "How many virtual sites.")
  private int sites;

  @Option(
      names = "--partition",
      description =
          "How the texts are dealt: iid, dirichlet:A (A above 0; small is skewed), or by-file."
              + " Default: ${DEFAULT-VALUE}.")
  private String partition = "iid";

  @Option(
      names = "--dropout",
      description =
          "Probability, below 1, that a site goes away after it took a training task."
              + " Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--seed",
      description =
          "Of weights, selection, splits, batches, partition and dropouts. Default: the job's.")
  private Long seed;

  @Option(names = "--rounds", description = "How many. Default: the job's.")
  private Integer rounds;

  @Option(names = "--cohort", description = "Updates wanted a round. Default: see below.")
  private Integer cohort;

  @Option(names = "--quorum", description = "Updates a round needs. Default: see below.")
  private Integer quorum;

  @Option(
      names = "--data",
      description =
          "A text file, or a directory whose files are the classes, or with by-file the sites."
              + " Default: three plays by speaking role.")
  private Path data;

  @Option(
      names = "--workers",
      description =
          "Threads that train; results do not depend on it. Default: the machine's cores.")
  private Integer workers;

  @Option(
      names = "--out",
      description =
          "A new directory for ledger, model, rounds.csv and rounds.jsonl. The same command goes on"
              + " from what is there. Default: a temporary one, deleted at the end.")
  private Path out;

  @Option(
      names = "--output",
      description =
          "text, or json: one JSON object as the last line instead of the conclusions."
              + " Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws IOException {
    SimulationRequest request =
        new SimulationRequest(
            job, data, sites, partition, dropout, seed, rounds, cohort, quorum, workers);
    SimulationResult result;
    if (out != null) {
      result = simulate(request.resolve(out));
    } else {
      try (ScratchDirectory scratch = ScratchDirectory.create()) {
        result = simulate(request.resolve(scratch.path().resolve("simulation")));
      }
    }
    return result.isCompleted() ? 0 : UserErrorException.Kind.FAILED.exitCode();
  }

  private SimulationResult simulate(SimulationOptions options) throws IOException {
    PrintWriter printer = spec.commandLine().getOut();
    RoundRules rules = options.job().round();
    long tasks =
        options.sites()
            + options.job().rounds()
                * (long) (options.sites() + Math.min(rules.selectedSites(), options.sites()));
    try (SimulationDisplay display =
        new SimulationDisplay(printer, Distribution.onTerminal(), tasks)) {
      SimulationResult result = Simulation.run(options, display);
      if (output == OutputFormat.JSON) {
        display.finish();
        printer.println(new ObjectMapper().writeValueAsString(result));
        printer.flush();
      } else {
        display.conclude(result);
      }
      return result;
    }
  }
}
