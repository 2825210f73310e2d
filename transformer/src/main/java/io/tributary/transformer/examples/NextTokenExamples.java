package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;

/** Language modelling: in a window of T + 1 tokens, each but the first is to be predicted. */
public final class NextTokenExamples extends WindowExamples {
  /**
   * Splits a text.
   *
   * @param contextLength T of the model
   * @param heldOutShare part to judge on, in [0, 0.5]
   * @param seed of the job
   */
  public NextTokenExamples(TextTokens text, int contextLength, double heldOutShare, long seed) {
    super(text, contextLength, contextLength, 1, heldOutShare, seed);
  }

  @Override
  void fill(TextWindow window, CounterRandom random, TokenBatch batch, int sequence) {
    text().setWindow(batch, sequence, window);
  }

  @Override
  int targets(TextWindow window) {
    return window.count() - 1;
  }
}
