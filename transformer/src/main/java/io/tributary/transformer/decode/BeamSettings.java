package io.tributary.transformer.decode;

/**
 * Beam search: the {@code width} likeliest texts so far are continued side by side.
 *
 * <p>A text Y of |Y| tokens is rated by log P(Y) / lp(Y) with lp(Y) = ((5 + |Y|) / 6)^α (Wu et al.,
 * "Google's neural machine translation system", 2016, equation 14).
 *
 * @param width beams; 1 is greedy decoding
 * @param lengthPenalty α; 0 rates by probability alone, which favours short texts
 * @param repetitionPenalty see {@link TokenChoice#repetitionPenalty}
 */
public record BeamSettings(int width, double lengthPenalty, double repetitionPenalty)
    implements TokenChoice {
  /** Most beams: each is a sequence of the engine, with a cache of its own. */
  public static final int MAX_WIDTH = 64;

  /** Checks the bounds. */
  public BeamSettings {
    if (width < 1 || width > MAX_WIDTH) {
      throw new IllegalArgumentException(
          "beams is " + width + ": it must be between 1 and " + MAX_WIDTH);
    }
    if (!(lengthPenalty >= 0 && lengthPenalty <= 10)) {
      throw new IllegalArgumentException(
          "length-penalty is " + lengthPenalty + ": it must be between 0 and 10");
    }
    TokenChoice.requireRepetitionPenalty(repetitionPenalty);
  }

  /** log P(Y) / lp(Y). */
  double rating(double logProbability, int tokens) {
    return logProbability / Math.pow((5.0 + tokens) / 6.0, lengthPenalty);
  }
}
