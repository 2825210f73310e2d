package io.tributary.coordinator.fold;

import java.nio.file.Path;
import java.util.Optional;

/**
 * From the aggregate of one round to the new weights: the optimizer, its rate, and where what it
 * remembers is read and written.
 *
 * <p>A state file holds {@link ServerOptimizer#stateVectors} vectors of little-endian floats, one
 * after the other, each as long as the trainable tensors, in layout order.
 *
 * @param optimizer of the run
 * @param learningRate of this round
 * @param stateBefore as the round before left it; absent: initial values
 * @param stateAfter is overwritten, neither forced nor renamed, and another file than {@code
 *     stateBefore}; absent exactly when the optimizer keeps nothing
 */
public record ServerStep(
    ServerOptimizer optimizer,
    double learningRate,
    Optional<Path> stateBefore,
    Optional<Path> stateAfter) {
  /** FedAvg. */
  public static final ServerStep AVERAGING =
      new ServerStep(new Sgd(), 1, Optional.empty(), Optional.empty());

  /** Checks that there is a file exactly for an optimizer that needs it. */
  public ServerStep {
    boolean stateful = optimizer.stateVectors() > 0;
    if (stateAfter.isPresent() != stateful || (stateBefore.isPresent() && !stateful)) {
      throw new IllegalArgumentException(
          "the optimizer keeps "
              + optimizer.stateVectors()
              + " vectors but its state is read from "
              + stateBefore
              + " and written to "
              + stateAfter);
    }
  }
}
