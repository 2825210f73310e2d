package io.tributary.cli;

import io.tributary.client.DataReport;
import io.tributary.client.SiteConfig;
import io.tributary.client.data.DataProblem;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary client data}: a site's data, looked at without sending anything. */
@Command(
    name = "data",
    description = "Report on this site's data, and on what a job would make of it.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Nothing is sent. Ends with 0 if all is well or only warnings were found, 1 if the data",
      "cannot be used as it is, 3 if the site would refuse the job.",
      "",
      "Example:",
      "  tributary client data --config site.yaml --job job.yaml"
    })
final class ClientDataCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--config", required = true, description = "The site's YAML file.")
  private Path config;

  @Option(
      names = "--job",
      description = "A job's YAML file, to see what it would make of the data.")
  private Path job;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() {
    DataReport report =
        DataReport.of(SiteConfig.read(config), job == null ? null : JobSpec.read(job));
    spec.commandLine()
        .getOut()
        .print(
            output == OutputFormat.JSON
                ? new String(ConfigReader.toCanonicalJson(report), StandardCharsets.UTF_8) + "\n"
                : report.text());
    spec.commandLine().getOut().flush();
    return exitCode(report.worst());
  }

  private static int exitCode(DataProblem.Severity worst) {
    if (worst == null) {
      return 0;
    }
    return switch (worst) {
      case WARNING -> 0;
      case REFUSED -> UserErrorException.Kind.REFUSED.exitCode();
      case UNREADABLE -> UserErrorException.Kind.FAILED.exitCode();
    };
  }
}
