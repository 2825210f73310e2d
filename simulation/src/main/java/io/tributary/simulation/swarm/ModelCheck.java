package io.tributary.simulation.swarm;

import io.tributary.common.sum.FixedPoint;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Recomputes a round of federated averaging from what the clients sent, in plain double sums that
 * share nothing with the coordinator's: {@code base + Σ weight · delta ÷ Σ weight}.
 */
final class ModelCheck {
  private final Deltas deltas;
  private final int clients;
  private final FixedPoint format;

  /** Prepares for the updates of so many clients. */
  ModelCheck(Deltas deltas, int clients, FixedPoint format) {
    this.deltas = deltas;
    this.clients = clients;
    this.format = format;
  }

  /**
   * Checks every value of a published model: it may differ by what rounding to fixed point can move
   * the mean, and by what rounding to float can.
   *
   * @return the largest difference in units of the allowed one; at most 1
   * @throws SwarmFailedException naming the first value beyond it
   */
  double check(int round, float[] base, float[] published) throws SwarmFailedException {
    if (published.length != base.length) {
      throw new SwarmFailedException(
          "the model of round %d has %d values but its base has %d"
              .formatted(round, published.length, base.length));
    }
    long totalWeight = 0;
    for (int client = 0; client < clients; client++) {
      totalWeight += deltas.weight(client);
    }
    double bound = format.meanErrorBound(clients, totalWeight);
    double[] sums = new double[deltas.chunkValues()];
    double worst = 0;
    for (int start = 0; start < base.length; start += sums.length) {
      int length = Math.min(sums.length, base.length - start);
      addUp(round, start / sums.length, length, sums);
      for (int i = 0; i < length; i++) {
        double expected = base[start + i] + sums[i] / totalWeight;
        // The sum of doubles here is itself off by a few of its last bits: a millionth of the rest.
        double allowed = (bound + Math.ulp((float) expected) / 2) * (1 + 1e-6);
        double difference = Math.abs(published[start + i] - expected) / allowed;
        if (!(difference <= 1)) {
          throw new SwarmFailedException(
              "value %d of the model of round %d is %s but the weighted mean of the updates gives %s"
                  .formatted(start + i, round, published[start + i], expected));
        }
        worst = Math.max(worst, difference);
      }
    }
    return worst;
  }

  private void addUp(int round, int chunk, int length, double[] sums) {
    Arrays.fill(sums, 0, length, 0);
    for (int client = 0; client < clients; client++) {
      FloatBuffer delta = deltas.chunk(client, round, chunk, length * Float.BYTES).asFloatBuffer();
      double weight = deltas.weight(client);
      for (int i = 0; i < length; i++) {
        sums[i] += weight * delta.get(i);
      }
    }
  }
}
