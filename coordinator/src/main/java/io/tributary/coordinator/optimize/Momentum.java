package io.tributary.coordinator.optimize;

import io.tributary.coordinator.fold.ServerOptimizer;

/**
 * FedAvgM: {@code v = β·v + aggregate; w += rate·v} (Hsu, Qi and Brown, "Measuring the effects of
 * non-identical data distribution for federated visual classification", 2019, section 4.2).
 *
 * <p>State vector 0 is v, which starts at zero.
 */
final class Momentum implements ServerOptimizer {
  private final double momentum;

  Momentum(double momentum) {
    this.momentum = momentum;
  }

  @Override
  public int stateVectors() {
    return 1;
  }

  @Override
  public void step(
      float[] base,
      double[] aggregate,
      float[][] state,
      int length,
      double learningRate,
      float[] out) {
    float[] velocities = state[0];
    for (int i = 0; i < length; i++) {
      double v = momentum * velocities[i] + aggregate[i];
      velocities[i] = (float) v;
      out[i] = (float) (base[i] + learningRate * v);
    }
  }
}
