package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.log.LogCheck;
import io.tributary.cli.log.LogOrigin;
import io.tributary.cli.log.LogSource;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.coordinator.store.LogReplay;
import io.tributary.coordinator.store.RoundReplay;
import io.tributary.coordinator.store.RoundReplay.Outcome;
import io.tributary.coordinator.store.SpoolEncryption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary log replay}: folds a run again and compares every digest with the log's. */
@Command(
    name = "replay",
    description =
        "Fold every round again from the updates that were kept (--keep-spools), and compare each"
            + " model's digest with the log's. Exit 0 when all are the same, 1 when one differs or"
            + " the log does not hold, 3 when a round cannot be folded again.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary log replay --config coordinator.yaml --run shakespeare",
      "  tributary log replay --home backup/home --ca ca.pem --scratch /var/tmp/replay"
    })
final class LogReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LogOrigin origin;

  @Option(
      names = "--wrapping-key",
      description =
          "The key file that kept updates were enciphered under, if they were. Default with"
              + " --config: the one stated there.")
  private Path wrappingKey;

  @Option(
      names = "--scratch",
      description =
          "A directory with room for two models and two optimizer states; left empty. Default: one"
              + " of its own under the system's directory for temporary files.")
  private Path scratch;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  /**
   * What machines read.
   *
   * @param run its id
   * @param rounds results from round 0 on
   */
  record Result(String run, List<Row> rounds) {}

  /**
   * A round.
   *
   * @param round from 0
   * @param outcome reproduced, different or not-replayable
   * @param expected digest that the log names
   * @param actual digest that came of it; null when none did
   * @param detail why none did, or that only the optimizer's state differs; empty otherwise
   */
  record Row(int round, String outcome, String expected, String actual, String detail) {}

  @Override
  public Integer call() {
    if (origin.file() != null) {
      throw new UserErrorException(
          Kind.USAGE,
          "--file holds a log but no updates: name the coordinator by --config or --home");
    }
    StatementVerifier verifier = origin.verifier();
    SpoolEncryption encryption =
        Optional.ofNullable(wrappingKey)
            .or(origin::wrappingKey)
            .map(key -> SpoolEncryption.withWrappingKey(key, new SecureRandom()))
            .orElse(SpoolEncryption.NONE);
    return LogCommand.withLedger(origin, ledger -> replay(ledger, verifier, encryption));
  }

  private int replay(Ledger ledger, StatementVerifier verifier, SpoolEncryption encryption) {
    RunRow run = origin.onlyRun(ledger);
    // Digests that nobody signed prove nothing.
    LogCheck.check(LogSource.of(ledger, run), verifier, (statement, entry) -> {});
    requireEmpty(scratch);
    List<RoundReplay> rounds;
    Path room = room();
    try {
      rounds =
          LogReplay.replay(
              CoordinatorHome.run(origin.home(), run.name()), ledger, run, encryption, room);
    } finally {
      if (scratch == null) {
        deleteQuietly(room);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(json(run, rounds));
    } else {
      print(out, run, rounds);
    }
    out.flush();
    return exitCode(rounds);
  }

  /** The replay deletes models there that are not its own. */
  private static void requireEmpty(Path directory) {
    if (directory == null || !Files.exists(directory)) {
      return;
    }
    try (var files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new UserErrorException(
            Kind.REFUSED, "--scratch is " + directory + ", which is not empty: name an empty one");
      }
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "--scratch is " + directory + ", which cannot be read (" + e + ")", e);
    }
  }

  private Path room() {
    try {
      return scratch == null ? Files.createTempDirectory("tributary-replay") : scratch;
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "no directory for the replay (" + e + "): name one by --scratch", e);
    }
  }

  private void deleteQuietly(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      spec.commandLine().getErr().println("tributary: " + directory + " is left (" + e + ")");
    }
  }

  private static String outcome(RoundReplay replay) {
    return switch (replay.outcome()) {
      case REPRODUCED -> "reproduced";
      case DIFFERENT -> "different";
      case NOT_REPLAYABLE -> "not-replayable";
    };
  }

  private static long count(List<RoundReplay> rounds, Outcome outcome) {
    return rounds.stream().filter(round -> round.outcome() == outcome).count();
  }

  private static String json(RunRow run, List<RoundReplay> rounds) {
    List<Row> rows =
        rounds.stream()
            .map(
                round ->
                    new Row(
                        round.round(),
                        outcome(round),
                        round.expected(),
                        round.actual().orElse(null),
                        round.detail()))
            .toList();
    try {
      return new ObjectMapper().writeValueAsString(new Result(run.runId(), rows));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain records are always JSON", e);
    }
  }

  private static void print(PrintWriter out, RunRow run, List<RoundReplay> rounds) {
    out.printf("replay of run %s%n%n%5s  %-14s  %s%n", run.runId(), "round", "outcome", "model");
    for (RoundReplay round : rounds) {
      out.printf("%5d  %-14s  %s%n", round.round(), outcome(round), round.expected());
      if (!round.detail().isEmpty()) {
        out.printf("%5s  %s%n", "", round.detail());
      } else if (round.outcome() == Outcome.DIFFERENT) {
        out.printf("%5s  %-14s  %s%n", "", "  gave", round.actual().orElse("nothing"));
      }
    }
    out.printf("%n%d of %d rounds reproduced%n", count(rounds, Outcome.REPRODUCED), rounds.size());
  }

  private static int exitCode(List<RoundReplay> rounds) {
    if (count(rounds, Outcome.DIFFERENT) > 0) {
      return Kind.FAILED.exitCode();
    }
    return count(rounds, Outcome.NOT_REPLAYABLE) > 0 ? Kind.REFUSED.exitCode() : 0;
  }
}
