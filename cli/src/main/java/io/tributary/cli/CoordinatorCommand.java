package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.CrashPoint;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorProcess;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.store.SpoolEncryption;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
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
    subcommands = {CoordinatorCommand.Start.class, CoordinatorCommand.NewWrappingKey.class})
final class CoordinatorCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** {@code coordinator start}. */
  @Command(
      name = "start",
      description = {
        "Go on with the jobs of the home and take new ones until told to stop (Ctrl-C, SIGTERM).",
        "With --job: submit that job too, or go on with it, and end when every job has ended."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "A coordinator that is killed or stopped loses nothing: start it again, and it goes on.",
        "",
        "Examples:",
        "  tributary coordinator start --config coordinator.yaml --job job.yaml",
        "  tributary coordinator start --config coordinator.yaml"
      })
  static final class Start implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The coordinator's YAML file.")
    private Path config;

    @Option(names = "--job", description = "A job's YAML file. Default: jobs are submitted later.")
    private Path job;

    @Option(
        names = "--keep-spools",
        description = "Keep published rounds' updates in the home, for log replay: spool.keep.")
    private boolean keepSpools;

    @Option(
        names = "--discard-damaged-updates",
        description =
            "Give up updates that are damaged on disk, and ask their sites again. Without it, the"
                + " coordinator names them and does not start.")
    private boolean discardDamaged;

    @Option(names = "--print-config", description = "Print the effective configuration and end.")
    private boolean printConfig;

    @Option(
        names = "--output",
        description =
            "text, or json: the summary of --job as one object on the last line. Default:"
                + " ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Option(names = "--stop-with-parent", hidden = true)
    private Long parent;

    @Override
    public Integer call() throws JsonProcessingException {
      CoordinatorConfig stated = CoordinatorConfig.read(config);
      CoordinatorConfig coordinator = keepSpools ? stated.withKeptSpools() : stated;
      Optional<JobSpec> spelled = Optional.ofNullable(job).map(JobSpec::read);
      PrintWriter out = spec.commandLine().getOut();
      if (printConfig) {
        out.println("# " + config);
        out.print(ConfigReader.toYaml(coordinator));
        spelled.ifPresent(
            each -> {
              out.println("# " + job);
              out.print(ConfigReader.toYaml(each));
            });
        out.flush();
        return 0;
      }
      if (parent != null) {
        ParentWatch.stopWith(parent);
      }
      Optional<JobSummary> summary =
          CoordinatorProcess.run(
              coordinator,
              new CoordinatorServer.StartOptions(discardDamaged, CrashPoint.NONE),
              spelled,
              Clock.systemUTC(),
              server -> {});
      if (summary.isEmpty()) {
        return 0;
      }
      if (output == OutputFormat.JSON) {
        out.println(new ObjectMapper().writeValueAsString(summary.get()));
      } else {
        print(out, summary.get());
      }
      out.flush();
      return summary.get().isCompleted() ? 0 : UserErrorException.Kind.FAILED.exitCode();
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

  /** {@code coordinator new-wrapping-key}. */
  @Command(
      name = "new-wrapping-key",
      description = "Make the key that wraps the keys of encrypted spools.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Keep it on another disk than the home, and a copy of it: without it, updates that are",
        "spooled encrypted when the coordinator stops are lost. State it in coordinator.yaml:",
        "  spool: {encrypt: true, wrapping-key: FILE}",
        "",
        "Example:",
        "  tributary coordinator new-wrapping-key --out /media/keys/spool.key"
      })
  static final class NewWrappingKey implements Runnable {
    @Spec private CommandSpec spec;

    @Option(names = "--out", required = true, description = "The file to make; never replaced.")
    private Path out;

    @Override
    public void run() {
      SpoolEncryption.createWrappingKey(out, new SecureRandom());
      spec.commandLine().getOut().println(out);
      spec.commandLine().getOut().flush();
    }
  }
}
