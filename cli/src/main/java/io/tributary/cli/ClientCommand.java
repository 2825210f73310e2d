package io.tributary.cli;

import io.tributary.client.AgentEnding;
import io.tributary.client.SiteConfig;
import io.tributary.client.SiteHost;
import io.tributary.client.SiteTrainers;
import io.tributary.client.UpdateExplanation;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary client}: one site. */
@Command(
    name = "client",
    description = "Run a site, or see what would leave it.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ClientCommand.Start.class,
      ClientCommand.Explain.class,
      ClientDataCommand.class,
      ReceiptsCommand.class
    })
final class ClientCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  private static LocalTrainer trainer(SiteConfig site) {
    return SiteTrainers.open(site);
  }

  /** {@code client start}. */
  @Command(
      name = "start",
      description = {
        "Connect to the coordinator and do its tasks on this site's own data.",
        "With several files: so many sites in one process, which take turns at training. One that"
            + " fails leaves the others at work; the exit code is then 1 once all have ended."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  tributary client start --config site.yaml",
        "  tributary client start --config north.yaml --config south.yaml"
      })
  static final class Start implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--config",
        required = true,
        description = "A site's YAML file; may be given for each of several sites.")
    private List<Path> configs;

    @Option(
        names = "--until-done",
        description = "End with the job: exit 0 when it completed, 1 when it failed.")
    private boolean untilDone;

    @Option(names = "--print-config", description = "Print the effective configuration and end.")
    private boolean printConfig;

    @Option(names = "--stop-with-parent", hidden = true)
    private Long parent;

    @Override
    public Integer call() {
      if (printConfig) {
        for (Path config : configs) {
          spec.commandLine().getOut().print(ConfigReader.toYaml(SiteConfig.read(config)));
        }
        spec.commandLine().getOut().flush();
        return 0;
      }
      if (parent != null) {
        ParentWatch.stopWith(parent);
      }
      SiteHost host = SiteHost.open(configs, untilDone);
      host.closeAtShutdown();
      List<String> failures =
          host.run().stream()
              .filter(ending -> ending.kind() == AgentEnding.Kind.FAILED)
              .map(AgentEnding::message)
              .toList();
      if (!failures.isEmpty()) {
        throw new UserErrorException(
            UserErrorException.Kind.FAILED, String.join("; ", new LinkedHashSet<>(failures)));
      }
      return 0;
    }
  }

  /** {@code client explain}. */
  @Command(
      name = "explain",
      description = "Print exactly what would leave this site for a job, before anything does.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary client explain --config site.yaml --job job.yaml"})
  static final class Explain implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The site's YAML file.")
    private Path config;

    @Option(names = "--job", required = true, description = "The job's YAML file.")
    private Path job;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() {
      SiteConfig site = SiteConfig.read(config);
      JobSpec spelled = JobSpec.read(job);
      try (LocalTrainer trainer = trainer(site)) {
        UpdateExplanation explanation =
            UpdateExplanation.of(site, trainer, spelled, WireLimits.DEFAULT, Clock.systemUTC());
        String text =
            output == OutputFormat.JSON
                ? new String(ConfigReader.toCanonicalJson(explanation), StandardCharsets.UTF_8)
                    + "\n"
                : explanation.text();
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
        return 0;
      } catch (TaskRefusedException e) {
        throw new UserErrorException(
            UserErrorException.Kind.REFUSED,
            "this site would refuse the job: " + e.getMessage(),
            e);
      }
    }
  }
}
