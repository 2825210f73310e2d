package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.coordinator.AdminClient;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.RoundRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary job}: asks a coordinator on this machine. */
@Command(
    name = "job",
    description = "Ask a coordinator on this machine about its job.",
    mixinStandardHelpOptions = true,
    subcommands = JobCommand.Status.class)
final class JobCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** {@code job status}. */
  @Command(
      name = "status",
      description = "Show round, sites and losses as they stand.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job status --config coordinator.yaml"})
  static final class Status implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The coordinator's YAML file.")
    private Path config;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() throws JsonProcessingException {
      CoordinatorConfig coordinator = CoordinatorConfig.read(config);
      JobStatus status = new AdminClient(Path.of(coordinator.home())).status();
      PrintWriter out = spec.commandLine().getOut();
      if (output == OutputFormat.JSON) {
        out.println(new ObjectMapper().writeValueAsString(status));
      } else {
        print(out, status);
      }
      out.flush();
      return 0;
    }

    private static void print(PrintWriter out, JobStatus status) {
      out.printf(
          Locale.ROOT,
          "job %s: %s%s, round %d of %d%s, %.0f s%n",
          status.run(),
          status.state(),
          status.reason() == null ? "" : " (" + status.reason() + ")",
          status.round(),
          status.rounds(),
          status.phase() == null ? "" : " (" + status.phase() + ")",
          status.seconds());
      out.printf(Locale.ROOT, "%n%-24s %-10s %-12s %s%n", "site", "connected", "task", "");
      for (JobStatus.Site site : status.sites()) {
        out.printf(
            Locale.ROOT,
            "%-24s %-10s %-12s %s%n",
            site.site(),
            site.connected() ? "yes" : "no",
            site.state(),
            detail(site));
      }
      out.printf(Locale.ROOT, "%n%5s %-9s %12s  %s%n", "round", "outcome", "held-out n/B", "model");
      for (RoundRecord record : status.history()) {
        Double nats = record.heldOut() == null ? null : record.heldOut().natsPerByte();
        out.printf(
            Locale.ROOT,
            "%5d %-9s %12s  %s%n",
            record.round(),
            record.outcome(),
            nats == null ? "-" : String.format(Locale.ROOT, "%.3f", nats),
            record.modelDigest() == null ? "-" : record.modelDigest());
      }
    }

    private static String detail(JobStatus.Site site) {
      if (site.reason() != null) {
        return site.reason();
      }
      return site.total() == null ? "" : site.done() + " of " + site.total();
    }
  }
}
