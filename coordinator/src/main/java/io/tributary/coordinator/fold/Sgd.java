package io.tributary.coordinator.fold;

/**
 * {@code w + rate · aggregate}: with rate 1 the federated averaging of McMahan et al.,
 * "Communication-efficient learning of deep networks from decentralized data", AISTATS 2017. Keeps
 * nothing.
 */
public final class Sgd implements ServerOptimizer {
  @Override
  public int stateVectors() {
    return 0;
  }

  @Override
  public void step(
      float[] base,
      double[] aggregate,
      float[][] state,
      int length,
      double learningRate,
      float[] out) {
    for (int i = 0; i < length; i++) {
      out[i] = (float) (base[i] + learningRate * aggregate[i]); // times 1 is exact
    }
  }
}
