package io.tributary.cli;

import io.tributary.client.ReceiptAudit;
import io.tributary.client.ReceiptAudit.Finding;
import io.tributary.client.ReceiptAudit.Verdict;
import io.tributary.client.SiteConfig;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary client receipts}: what the coordinator has signed for this site's updates. */
@Command(
    name = "receipts",
    description = "See the coordinator's receipts, and hold it to them.",
    mixinStandardHelpOptions = true,
    subcommands = {ReceiptsCommand.Verify.class, ReceiptsCommand.ListAll.class})
final class ReceiptsCommand implements Runnable {
  private static final int CONTRADICTED = 3;
  private static final int NOT_ALL_COUNTED = 1;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /**
   * What {@code --output json} prints.
   *
   * @param site whose receipts
   * @param receipts each of them
   */
  record Report(String site, List<Finding> receipts) {}

  private interface Reading {
    List<Finding> of(ReceiptAudit audit) throws IOException;
  }

  private static List<Finding> print(
      CommandSpec spec, Path config, OutputFormat output, Reading reading) {
    ReceiptAudit audit = ReceiptAudit.of(SiteConfig.read(config));
    List<Finding> findings;
    try {
      findings = reading.of(audit);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the receipts or logs in this site's home cannot be read ("
              + e
              + "): check its permissions; nothing was changed",
          e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      Report report = new Report(audit.site().value(), findings);
      out.println(new String(ConfigReader.toCanonicalJson(report), StandardCharsets.UTF_8));
    } else {
      findings.forEach(finding -> out.println(line(finding)));
    }
    out.flush();
    return findings;
  }

  private static String line(Finding finding) {
    String verdict =
        finding.verdict() == null ? "" : finding.verdict().name().toLowerCase(Locale.ROOT) + "  ";
    String what =
        finding.updateDigest() == null
            ? ""
            : "  attempt %d  weight %d  update %s  committed %s"
                .formatted(
                    finding.attempt(),
                    finding.weight(),
                    finding.updateDigest().substring(0, 12),
                    finding.committedAt());
    return "%s%s round %d%s: %s"
        .formatted(verdict, finding.run(), finding.round(), what, finding.detail());
  }

  /** {@code client receipts verify}. */
  @Command(
      name = "verify",
      description = {
        "Check every receipt to the root, and that the log counts its update once with its weight.",
        "Exit 0: all counted. 1: some not yet. 3: a contradiction, to be shown to others."
      },
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary client receipts verify --config site.yaml"})
  static final class Verify implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The site's YAML file.")
    private Path config;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() {
      List<Finding> findings = print(spec, config, output, ReceiptAudit::verify);
      long counted = count(findings, Verdict.COUNTED);
      long pending = count(findings, Verdict.PENDING);
      long contradicted = count(findings, Verdict.CONTRADICTION);
      if (output == OutputFormat.TEXT) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
            "%d receipts: %d counted once, %d pending, %d contradicted%n",
            findings.size(), counted, pending, contradicted);
        out.flush();
      }
      if (contradicted > 0) {
        return CONTRADICTED;
      }
      return pending > 0 ? NOT_ALL_COUNTED : 0;
    }

    private static long count(List<Finding> findings, Verdict verdict) {
      return findings.stream().filter(finding -> finding.verdict() == verdict).count();
    }
  }

  /** {@code client receipts list}. */
  @Command(
      name = "list",
      description = "Print every receipt in this site's home, each checked to the root.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary client receipts list --config site.yaml"})
  static final class ListAll implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The site's YAML file.")
    private Path config;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() {
      boolean forged =
          print(spec, config, output, ReceiptAudit::list).stream()
              .anyMatch(finding -> finding.verdict() == Verdict.CONTRADICTION);
      return forged ? CONTRADICTED : 0;
    }
  }
}
