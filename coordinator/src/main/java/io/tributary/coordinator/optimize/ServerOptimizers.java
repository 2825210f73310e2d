package io.tributary.coordinator.optimize;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.ServerRules;
import io.tributary.coordinator.fold.ServerOptimizer;
import io.tributary.coordinator.fold.ServerStep;
import io.tributary.coordinator.fold.Sgd;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The server optimizers of a job's rules. Their steps are arithmetic on one tile and know neither
 * files nor rounds; {@link io.tributary.coordinator.fold.TiledFold} brings them what they remember.
 */
public final class ServerOptimizers {
  private ServerOptimizers() {}

  /** The optimizer that the rules name. */
  public static ServerOptimizer of(ServerRules rules) {
    return switch (rules.optimizer()) {
      case SGD -> new Sgd();
      case MOMENTUM -> new Momentum(rules.momentum());
      case ADAGRAD -> new Adagrad(rules.beta1(), rules.tau());
      case ADAM -> new Adam(rules.beta1(), rules.beta2(), rules.tau());
      case YOGI -> new Yogi(rules.beta1(), rules.beta2(), rules.tau());
    };
  }

  /** How many values of state the job keeps from round to round; 0 for plain averaging. */
  public static long stateValues(JobSpec job) {
    return (long) of(job.server()).stateVectors() * job.model().config().layout().trainableCount();
  }

  /**
   * The step of one round.
   *
   * @param round from 1
   * @param stateBefore of the round before; none in round 1, nor for an optimizer that keeps none
   * @param stateAfter where the state after it goes, if the optimizer keeps any
   */
  public static ServerStep step(
      JobSpec job, int round, Optional<Path> stateBefore, Path stateAfter) {
    ServerOptimizer optimizer = of(job.server());
    if (optimizer.stateVectors() > 0 && stateBefore.isPresent() != round > 1) {
      throw new IllegalStateException(
          "round "
              + round
              + " with the server optimizer "
              + job.server().optimizer()
              + (round > 1 ? " has no state to start from" : " has a state before it"));
    }
    return new ServerStep(
        optimizer,
        job.server().learningRate(Math.min(round, job.rounds()), job.rounds()),
        stateBefore,
        optimizer.stateVectors() == 0 ? Optional.empty() : Optional.of(stateAfter));
  }
}
