package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary coordinator}: the server. */
@Command(
    name = "coordinator",
    description = "Run the coordinator.",
    mixinStandardHelpOptions = true,
    subcommands = CoordinatorCommand.Start.class)
final class CoordinatorCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** {@code coordinator start}. */
  @Command(
      name = "start",
      description = "Run one job with the sites that connect, then end.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example:",
        "  tributary coordinator start --config coordinator.yaml --job job.yaml"
      })
  static final class Start implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The coordinator's YAML file.")
    private Path config;

    @Option(names = "--job", required = true, description = "The job's YAML file.")
    private Path job;

    @Option(names = "--print-config", description = "Print both effective configurations and end.")
    private boolean printConfig;

    @Option(
        names = "--output",
        description =
            "text, or json: the summary as one object on the last line. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Option(names = "--stop-with-parent", hidden = true)
    private Long parent;

    @Override
    public Integer call() throws JsonProcessingException {
      CoordinatorConfig coordinator = CoordinatorConfig.read(config);
      JobSpec spelled = JobSpec.read(job);
      PrintWriter out = spec.commandLine().getOut();
      if (printConfig) {
        out.println("# " + config);
        out.print(ConfigReader.toYaml(coordinator));
        out.println("# " + job);
        out.print(ConfigReader.toYaml(spelled));
        out.flush();
        return 0;
      }
      if (parent != null) {
        ParentWatch.stopWith(parent);
      }
      JobSummary summary =
          CoordinatorServer.run(coordinator, spelled, Clock.systemUTC(), server -> {});
      if (output == OutputFormat.JSON) {
        out.println(new ObjectMapper().writeValueAsString(summary));
      } else {
        print(out, summary);
      }
      out.flush();
      return summary.isCompleted() ? 0 : UserErrorException.Kind.FAILED.exitCode();
    }

    private static void print(PrintWriter out, JobSummary summary) {
      out.printf(
          Locale.ROOT,
          "job %s %s%s after %d rounds and %.0f s%n",
          summary.run(),
          summary.outcome(),
          summary.reason() == null ? "" : " (" + summary.reason() + ")",
          summary.rounds(),
          summary.seconds());
      if (summary.heldOutNatsPerByteInitial() != null
          && summary.heldOutNatsPerByteFinal() != null) {
        out.printf(
            Locale.ROOT,
            "held-out loss %.3f nats per byte before, %.3f after%n",
            summary.heldOutNatsPerByteInitial(),
            summary.heldOutNatsPerByteFinal());
      }
      if (summary.modelDigest() != null) {
        out.printf("model %s in %s%n", summary.modelDigest(), summary.modelDirectory());
      }
    }
  }
}
