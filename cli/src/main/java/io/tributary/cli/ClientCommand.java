package io.tributary.cli;

import io.tributary.client.AgentEnding;
import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
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
      description = "Connect to the coordinator and do its tasks on this site's own data.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary client start --config site.yaml"})
  static final class Start implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The site's YAML file.")
    private Path config;

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
      SiteConfig site = SiteConfig.read(config);
      if (printConfig) {
        spec.commandLine().getOut().print(ConfigReader.toYaml(site));
        spec.commandLine().getOut().flush();
        return 0;
      }
      if (parent != null) {
        ParentWatch.stopWith(parent);
      }
      SiteAgent agent =
          SiteAgent.open(site, AgentOptions.with(ClientCommand::trainer).untilDone(untilDone));
      agent.closeAtShutdown();
      AgentEnding ending = agent.run();
      if (ending.kind() == AgentEnding.Kind.FAILED) {
        throw new UserErrorException(UserErrorException.Kind.FAILED, ending.message());
      }
      return ending.kind().exitCode();
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
