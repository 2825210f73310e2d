package io.tributary.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tributary bench}: the measurements behind the claims. */
@Command(
    name = "bench",
    description = "Measure this machine beside a limit or a peer.",
    mixinStandardHelpOptions = true,
    subcommands = {
      BenchTrainCommand.class,
      BenchTrainerCommand.class,
      BenchSteadyCommand.class,
      BenchAttentionCommand.class,
      BenchDecodeCommand.class,
      BenchAttackCommand.class,
      BenchDropoutCommand.class,
      BenchFoldCommand.class,
      BenchResumeCommand.class,
      BenchRecoveryCommand.class,
      BenchSwarmCommand.class,
      BenchLimitsCommand.class
    })
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }
}
