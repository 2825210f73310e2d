package io.tributary.coordinator.optimize;

/**
 * FedAdam of Reddi et al., "Adaptive federated optimization", ICLR 2021, algorithm 2; the paper
 * corrects no bias, and neither does this:
 *
 * <pre>
 * m = β₁·m + (1 − β₁)·aggregate        (starts at 0)
 * v = β₂·v + (1 − β₂)·aggregate²       (starts at τ²)
 * w = w + rate·m / (√v + τ)
 * </pre>
 *
 * <p>State vector 0 is m, 1 is v.
 */
final class Adam extends Adaptive {
  private final double beta2;

  Adam(double beta1, double beta2, double tau) {
    super(beta1, tau);
    this.beta2 = beta2;
  }

  @Override
  public void step(
      float[] base,
      double[] aggregate,
      float[][] state,
      int length,
      double learningRate,
      float[] out) {
    float[] first = state[0];
    float[] second = state[1];
    for (int i = 0; i < length; i++) {
      double delta = aggregate[i];
      double m = beta1 * first[i] + (1 - beta1) * delta;
      double v = beta2 * second[i] + (1 - beta2) * delta * delta;
      first[i] = (float) m;
      second[i] = (float) v;
      out[i] = (float) (base[i] + learningRate * m / (Math.sqrt(v) + tau));
    }
  }
}
