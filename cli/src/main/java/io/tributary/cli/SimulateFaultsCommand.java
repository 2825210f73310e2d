package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import io.tributary.simulation.faults.Replay;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary simulate-faults}: what the tests' fault simulator does, for people. */
@Command(
    name = "simulate-faults",
    description = {
      "Play a small federation under faults, without sockets, threads and disks: the real coordinator"
          + " and the real sites under a fake clock, network and disk, and every promise of"
          + " docs/durability.md checked after every event.",
      "A seed gives the same crashes, power cuts, partitions and interleavings on every machine."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary simulate-faults --seed 4711                     # one schedule, with its trace",
      "  tributary simulate-faults --schedules 10000               # many, until one breaks a promise",
      "  tributary simulate-faults --schedules 10000 --first 50000"
    })
final class SimulateFaultsCommand implements Callable<Integer> {
  private static final long MAX_SCHEDULES = 100_000_000;

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(
      names = "--first",
      description = "The first seed of --schedules. Default: ${DEFAULT-VALUE}.")
  private long first = 1;

  /** One seed or many. */
  private static final class What {
    @Option(names = "--seed", description = "The seed of one schedule; its course is printed.")
    private Long seed;

    @Option(names = "--schedules", description = "How many schedules, at most 100 million.")
    private Long schedules;
  }

  @Override
  public Integer call() {
    boolean kept;
    if (what.seed != null) {
      kept = Replay.one(what.seed, spec.commandLine().getOut());
    } else {
      if (what.schedules < 1 || what.schedules > MAX_SCHEDULES) {
        throw new UserErrorException(
            UserErrorException.Kind.USAGE,
            "--schedules is " + what.schedules + " but must be 1 to " + MAX_SCHEDULES);
      }
      kept = Replay.many(first, what.schedules, spec.commandLine().getOut());
    }
    return kept ? 0 : UserErrorException.Kind.FAILED.exitCode();
  }
}
