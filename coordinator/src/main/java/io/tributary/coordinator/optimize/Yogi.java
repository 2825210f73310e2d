package io.tributary.coordinator.optimize;

/**
 * FedYogi of Reddi et al., "Adaptive federated optimization", ICLR 2021, algorithm 2:
 *
 * <pre>
 * m = β₁·m + (1 − β₁)·aggregate                         (starts at 0)
 * v = v − (1 − β₂)·aggregate²·sign(v − aggregate²)      (starts at τ²)
 * w = w + rate·m / (√v + τ)
 * </pre>
 *
 * <p>Unlike Adam's, v forgets a large step at a pace that does not depend on v itself. It stays
 * above zero: where it falls, the aggregate's square, of which a part is taken away, is the smaller
 * one. State vector 0 is m, 1 is v.
 */
final class Yogi extends Adaptive {
  private final double beta2;

  Yogi(double beta1, double beta2, double tau) {
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
      double square = delta * delta;
      double m = beta1 * first[i] + (1 - beta1) * delta;
      double v = second[i] - (1 - beta2) * square * Math.signum(second[i] - square);
      first[i] = (float) m;
      second[i] = (float) v;
      out[i] = (float) (base[i] + learningRate * m / (Math.sqrt(v) + tau));
    }
  }
}
