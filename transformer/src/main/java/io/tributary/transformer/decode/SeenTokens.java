package io.tributary.transformer.decode;

import java.util.BitSet;

/** Tokens that occurred in a sequence, and the penalty that they get for it. */
final class SeenTokens {
  private final BitSet seen;
  private final double penalty;

  SeenTokens(double penalty, int[] prompt) {
    this(penalty, new BitSet());
    for (int token : prompt) {
      seen.set(token);
    }
  }

  private SeenTokens(double penalty, BitSet seen) {
    this.penalty = penalty;
    this.seen = seen;
  }

  void add(int token) {
    seen.set(token);
  }

  SeenTokens copy() {
    return new SeenTokens(penalty, (BitSet) seen.clone());
  }

  /**
   * Copies one row of logits with the penalty applied.
   *
   * @param logits values of all tokens from index {@code from}
   * @param row overwritten with as many values as it has
   * @throws IllegalStateException if a value is not a number: the model's weights overflowed
   */
  void penalise(float[] logits, int from, float[] row) {
    for (int token = 0; token < row.length; token++) {
      float logit = logits[from + token];
      if (Float.isNaN(logit)) {
        throw new IllegalStateException(
            "the logit of token " + token + " is not a number: the model has diverged");
      }
      if (penalty != 1 && seen.get(token)) {
        logit = (float) (logit > 0 ? logit / penalty : logit * penalty);
      }
      row[token] = logit + 0f; // makes -0 equal 0, so that ties are ties
    }
  }
}
