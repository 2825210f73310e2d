package io.tributary.coordinator.optimize;

import io.tributary.coordinator.fold.ServerOptimizer;

/**
 * What FedAdagrad, FedAdam and FedYogi have in common: two moments as state, of which vector 0, m,
 * starts at 0 and vector 1, v, at τ². They differ in how v moves.
 */
abstract class Adaptive implements ServerOptimizer {
  final double beta1;
  final double tau;

  Adaptive(double beta1, double tau) {
    this.beta1 = beta1;
    this.tau = tau;
  }

  @Override
  public int stateVectors() {
    return 2;
  }

  @Override
  public float initialState(int vector) {
    return vector == 0 ? 0 : (float) (tau * tau);
  }
}
