package io.tributary.coordinator.fold;

/**
 * What the coordinator does with the aggregate of a round, value by value: {@code −aggregate} is
 * the pseudo-gradient of Reddi et al., "Adaptive federated optimization", ICLR 2021, algorithm 2.
 *
 * <p>Stateless itself: what it remembers between rounds are vectors as long as the update, which
 * are handed in tile by tile, so memory does not depend on the model.
 */
public interface ServerOptimizer {
  /** Vectors that it keeps between rounds; they start at zero unless {@link #initialState} says. */
  int stateVectors();

  /** First value of every element of a state vector. */
  default float initialState(int vector) {
    return 0;
  }

  /**
   * Writes the new values of one tile.
   *
   * @param base values before the round
   * @param aggregate of the round's deltas
   * @param state one array a state vector, changed in place
   * @param length values of the tile
   * @param learningRate of this round
   * @param out gets the new values; each is rounded to float once
   */
  void step(
      float[] base,
      double[] aggregate,
      float[][] state,
      int length,
      double learningRate,
      float[] out);
}
