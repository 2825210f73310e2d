package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.log.LedgerAgreement;
import io.tributary.cli.log.LogCheck;
import io.tributary.cli.log.LogOrigin;
import io.tributary.cli.log.LogSource;
import io.tributary.cli.log.LogView;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.LogChain;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.store.DurableFiles;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.SqliteLedger;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code tributary log}: what the coordinator has signed about a run's rounds. Every verb reads
 * only, needs no connection, and may be used while the coordinator runs.
 */
@Command(
    name = "log",
    description = "Check and read the signed transparency log of a run.",
    mixinStandardHelpOptions = true,
    subcommands = {
      LogCommand.Verify.class,
      LogCommand.Show.class,
      LogCommand.Export.class,
      LogReplayCommand.class
    })
final class LogCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** Reads a coordinator's ledger, which stays as it is. */
  static <T> T withLedger(LogOrigin origin, Function<Ledger, T> work) {
    try (Ledger ledger = SqliteLedger.readOnly(origin.ledger())) {
      return work.apply(ledger);
    } catch (LedgerException e) {
      throw new UserErrorException(Kind.FAILED, e.getMessage(), e);
    }
  }

  /** {@code log verify}. */
  @Command(
      name = "verify",
      description =
          "Check every signature and link of a log offline; with a ledger, also that its rows and"
              + " receipts agree. Exit 0 when it holds, 1 when not.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  tributary log verify --config coordinator.yaml",
        "  tributary log verify --home backup/home --run shakespeare --ca ca.pem",
        "  tributary log verify --file log/shakespeare.0123abcd.tlog --ca ca.pem"
      })
  static final class Verify implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private LogOrigin origin;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() throws JsonProcessingException {
      List<LogView.Summary> summaries = new ArrayList<>();
      StatementVerifier verifier = origin.verifier();
      Path file = origin.file();
      if (file == null) {
        withLedger(
            origin,
            ledger -> {
              for (RunRow run : origin.runs(ledger)) {
                summaries.add(verified(ledger, run, verifier));
              }
              return null;
            });
      } else {
        LogChain.Summary summary =
            LogCheck.check(LogSource.of(file), verifier, (statement, entry) -> {});
        summaries.add(LogView.of(summary, null));
      }
      PrintWriter out = spec.commandLine().getOut();
      if (output == OutputFormat.JSON) {
        out.println(JSON.writeValueAsString(summaries));
      } else {
        summaries.forEach(summary -> LogView.print(out, summary));
      }
      out.flush();
      return 0;
    }

    private static LogView.Summary verified(Ledger ledger, RunRow run, StatementVerifier verifier) {
      LedgerAgreement agreement = new LedgerAgreement(ledger, run, verifier);
      LogChain.Summary summary =
          LogCheck.check(
              LogSource.of(ledger, run), verifier, (statement, entry) -> agreement.require(entry));
      agreement.requireNoMore(summary.entries());
      return LogView.of(summary, agreement.receipts());
    }
  }

  /** {@code log show}. */
  @Command(
      name = "show",
      description =
          "Print a log's rounds: pseudonyms, digests, weights, and who was dropped and why. Only"
              + " entries that hold are shown.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  tributary log show --config coordinator.yaml --run shakespeare",
        "  tributary log show --file shakespeare.tlog --ca ca.pem --output json"
      })
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private LogOrigin origin;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() {
      StatementVerifier verifier = origin.verifier();
      Path file = origin.file();
      if (file == null) {
        return withLedger(
            origin, ledger -> show(LogSource.of(ledger, origin.onlyRun(ledger)), verifier));
      }
      return show(LogSource.of(file), verifier);
    }

    private int show(LogSource source, StatementVerifier verifier) {
      PrintWriter out = spec.commandLine().getOut();
      List<LogView.Entry> entries = new ArrayList<>();
      try {
        LogChain.Summary summary =
            LogCheck.check(
                source,
                verifier,
                (statement, entry) -> {
                  if (output == OutputFormat.JSON) {
                    entries.add(LogView.of(entry));
                  } else {
                    LogView.print(out, LogView.of(entry));
                  }
                });
        LogView.Summary view = LogView.of(summary, null);
        if (output == OutputFormat.JSON) {
          out.println(JSON.writeValueAsString(new LogView.Log(entries, view)));
        } else {
          LogView.print(out, view);
        }
        return 0;
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("plain records are always JSON", e);
      } finally {
        out.flush(); // what held before a break has been printed for people
      }
    }
  }

  /** {@code log export}. */
  @Command(
      name = "export",
      description =
          "Write a run's log from the coordinator's ledger to a file that anybody with ca.pem can"
              + " verify.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example:",
        "  tributary log export --config coordinator.yaml --run shakespeare --out shakespeare.tlog"
      })
  static final class Export implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private LogOrigin origin;

    @Option(names = "--out", required = true, description = "The file to write; never overwritten.")
    private Path out;

    @Override
    public Integer call() {
      if (origin.file() != null) {
        throw new UserErrorException(
            Kind.USAGE, "--file is a log file already: copy it, or name --config or --home");
      }
      if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
        throw new UserErrorException(
            Kind.REFUSED, out + " exists and is not overwritten: name another file by --out");
      }
      StatementVerifier verifier = origin.verifier();
      LogChain.Summary summary =
          withLedger(
              origin,
              ledger -> {
                LogSource source = LogSource.of(ledger, origin.onlyRun(ledger));
                LogCheck.check(source, verifier, (statement, entry) -> {});
                return written(source, verifier);
              });
      PrintWriter writer = spec.commandLine().getOut();
      writer.printf("%s: %d entries%n", out, summary.entries());
      LogView.print(writer, LogView.of(summary, null));
      writer.flush();
      return 0;
    }

    /** Checks again while writing: what is exported is what held. */
    private LogChain.Summary written(LogSource source, StatementVerifier verifier) {
      List<LogChain.Summary> summary = new ArrayList<>();
      try {
        DurableFiles.write(
            out,
            stream ->
                summary.add(
                    LogCheck.check(
                        source, verifier, (statement, entry) -> LogFile.write(statement, stream))));
        return summary.get(0);
      } catch (IOException e) {
        throw new UserErrorException(
            Kind.FAILED, out + " cannot be written (" + e + "): name another file by --out", e);
      }
    }
  }
}
