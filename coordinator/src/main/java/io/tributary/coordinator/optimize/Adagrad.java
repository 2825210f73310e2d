package io.tributary.coordinator.optimize;

/**
 * FedAdagrad of Reddi et al., "Adaptive federated optimization", ICLR 2021, algorithm 2:
 *
 * <pre>
 * m = β₁·m + (1 − β₁)·aggregate        (starts at 0)
 * v = v + aggregate²                   (starts at τ²)
 * w = w + rate·m / (√v + τ)
 * </pre>
 *
 * <p>State vector 0 is m, 1 is v.
 */
final class Adagrad extends Adaptive {
  Adagrad(double beta1, double tau) {
    super(beta1, tau);
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
      double v = second[i] + delta * delta;
      first[i] = (float) m;
      second[i] = (float) v;
      out[i] = (float) (base[i] + learningRate * m / (Math.sqrt(v) + tau));
    }
  }
}
