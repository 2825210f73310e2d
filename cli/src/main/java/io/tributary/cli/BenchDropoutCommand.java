package io.tributary.cli;

import io.tributary.cli.simulate.DropoutTable;
import io.tributary.cli.simulate.ScratchDirectory;
import io.tributary.cli.simulate.SimulationRequest;
import io.tributary.common.config.UserErrorException;
import io.tributary.simulation.virtual.Simulation;
import io.tributary.simulation.virtual.SimulationListener;
import io.tributary.simulation.virtual.SimulationOptions;
import io.tributary.simulation.virtual.SimulationResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench dropout}: what is lost when sites go away, as a table. */
@Command(
    name = "dropout",
    description =
        "Simulate a job under several dropouts and seeds, and print held-out loss against dropout as"
            + " a Markdown table.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary bench dropout",
      "  tributary bench dropout --sites 50 --dropouts 0,0.2,0.8 --seeds 1,2,3 --csv dropout.csv"
    })
final class BenchDropoutCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--job",
      description = "The job's YAML file. Default: the distribution's jobs/shakespeare.yaml.")
  private Path job;

  @Option(names = "--sites", description = "All of them train. Default: ${DEFAULT-VALUE}.")
  private int sites = 20;

  @Option(names = "--partition", description = "As of simulate. Default: ${DEFAULT-VALUE}.")
  private String partition = "iid";

  @Option(names = "--data", description = "As of simulate. Default: three plays.")
  private Path data;

  @Option(names = "--rounds", description = "How many. Default: the job's.")
  private Integer rounds;

  @Option(names = "--dropouts", split = ",", description = "Probabilities. Default: 0,0.1,0.3,0.5.")
  private List<Double> dropouts = List.of(0.0, 0.1, 0.3, 0.5);

  @Option(names = "--seeds", split = ",", description = "Default: 1,2.")
  private List<Long> seeds = List.of(1L, 2L);

  @Option(names = "--workers", description = "As of simulate. Default: the machine's cores.")
  private Integer workers;

  @Option(
      names = "--out",
      description =
          "A new directory for all simulations; the same command goes on from what is there."
              + " Default: a temporary one, deleted at the end.")
  private Path out;

  @Option(names = "--csv", description = "A file for the rows, one a simulation.")
  private Path csv;

  @Override
  public Integer call() throws IOException {
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
    DropoutTable table = new DropoutTable();
    for (double dropout : dropouts) {
      for (long seed : seeds) {
        SimulationRequest request =
            new SimulationRequest(
                file, data, sites, partition, dropout, seed, rounds, sites, null, workers);
        SimulationOptions options =
            request.resolve(directory.resolve("dropout-" + dropout + "-seed-" + seed));
        SimulationResult result = Simulation.run(options, SimulationListener.SILENT);
        if (!result.isCompleted()) {
          throw new UserErrorException(
              UserErrorException.Kind.FAILED,
              "with --dropouts "
                  + dropout
                  + " and seed "
                  + seed
                  + " the job "
                  + result.outcome()
                  + ": "
                  + result.reason());
        }
        table.add(result);
        printer.printf(
            Locale.ROOT,
            "dropout %.2f, seed %d: %.4f nats per byte, %.0f s%n",
            dropout,
            seed,
            result.finalNatsPerByte(),
            result.wallSeconds());
        printer.flush();
      }
    }
    printer.println();
    table.markdown().forEach(printer::println);
    printer.flush();
    if (csv != null) {
      Files.writeString(csv, table.csv());
    }
    return 0;
  }
}
