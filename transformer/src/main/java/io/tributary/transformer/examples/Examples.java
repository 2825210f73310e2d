package io.tributary.transformer.examples;

import io.tributary.transformer.TokenBatch;

/** A row of examples, each made when it is asked for: an epoch's, or those held out. */
public interface Examples {
  /** How many. */
  int count();

  /**
   * Sets one sequence of a batch.
   *
   * @param index of the example, below {@link #count()}
   * @param batch of the model's shape, whose sequence is empty
   * @param sequence which sequence of it
   */
  void fill(int index, TokenBatch batch, int sequence);
}
