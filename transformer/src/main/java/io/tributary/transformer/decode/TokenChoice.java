package io.tributary.transformer.decode;

/** How tokens are chosen from logits: by drawing (greedy included) or by beam search. */
public sealed interface TokenChoice permits SamplingSettings, BeamSettings {
  /** Most that a repetition penalty may be: beyond, no token could come twice anyway. */
  double MAX_REPETITION_PENALTY = 100;

  /**
   * θ of Keskar et al., "CTRL: a conditional transformer language model for controllable
   * generation" (2019): positive logits of tokens that occurred are divided by it, negative ones
   * multiplied (the paper divides both, which would make negative ones likelier). 1 changes
   * nothing.
   */
  double repetitionPenalty();

  /** Checks the bounds of a repetition penalty. */
  static void requireRepetitionPenalty(double penalty) {
    if (!(penalty >= 1 && penalty <= MAX_REPETITION_PENALTY)) {
      throw new IllegalArgumentException(
          "repetition-penalty is "
              + penalty
              + ": it must be between 1 and "
              + (int) MAX_REPETITION_PENALTY);
    }
  }
}
