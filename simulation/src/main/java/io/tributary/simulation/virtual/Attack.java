package io.tributary.simulation.virtual;

import io.tributary.client.train.LocalUpdate;

/**
 * Sites that lie: they train like the others, and send their update times a factor. With a negative
 * one the sign-flipping attack, which climbs the loss that the others descend.
 *
 * @param sites how many, the first by name
 * @param factor finite; 1 is no attack
 */
public record Attack(int sites, double factor) {
  /** Every site is honest. */
  public static final Attack NONE = new Attack(0, 1);

  /** Checks the number and the factor. */
  public Attack {
    if (sites < 0 || !Double.isFinite(factor)) {
      throw new IllegalArgumentException(
          "attack by "
              + sites
              + " sites with factor "
              + factor
              + ": both must be finite, the"
              + " number at least 0");
    }
  }

  /** What a lying site sends. */
  LocalUpdate falsify(LocalUpdate update) {
    float[] delta = update.delta();
    for (int i = 0; i < delta.length; i++) {
      delta[i] = (float) (delta[i] * factor);
    }
    return new LocalUpdate(delta, update.exampleCount(), update.metrics());
  }
}
