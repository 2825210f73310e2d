package io.tributary.transformer.decode;

import io.tributary.common.random.CounterRandom;

/** Draws one sequence's tokens from logits. Ties go to the lower token. */
final class TokenSampler {
  private final SamplingSettings settings;
  private final SeenTokens seen;
  private final CounterRandom random;
  private final float[] row;

  /**
   * Opens a sampler for one sequence.
   *
   * @param prompt tokens that already occurred
   * @param tokens tokens below this one are drawn
   * @param random this sequence's own stream
   */
  TokenSampler(SamplingSettings settings, int[] prompt, int tokens, CounterRandom random) {
    this.settings = settings;
    this.seen = new SeenTokens(settings.repetitionPenalty(), prompt);
    this.random = random;
    this.row = new float[tokens];
  }

  /**
   * Draws one token and remembers it.
   *
   * @param logits values of all tokens from index {@code from}
   */
  int draw(float[] logits, int from) {
    int token;
    if (settings.temperature() == 0) {
      seen.penalise(logits, from, row);
      token = TokenOrder.likeliest(row);
    } else {
      token = drawFrom(probabilities(logits, from));
    }
    seen.add(token);
    return token;
  }

  private int drawFrom(double[] probabilities) {
    double left = random.nextDouble();
    int last = 0;
    for (int token = 0; token < probabilities.length; token++) {
      if (probabilities[token] > 0) {
        last = token;
        left -= probabilities[token];
        if (left < 0) {
          return token;
        }
      }
    }
    return last; // Rounding left a trace of the unit interval.
  }

  /** The distribution that is drawn from. */
  double[] probabilities(float[] logits, int from) {
    seen.penalise(logits, from, row);
    double[] probabilities = new double[row.length];
    if (settings.temperature() == 0) {
      probabilities[TokenOrder.likeliest(row)] = 1;
      return probabilities;
    }
    long[] order = TokenOrder.sorted(row);
    int kept = Math.min(settings.topK(), row.length);
    double largest = row[TokenOrder.token(order[0])];
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      int token = TokenOrder.token(order[i]);
      double weight = Math.exp((row[token] - largest) / settings.temperature());
      probabilities[token] = weight;
      sum += weight;
    }
    return cutToTopP(probabilities, order, kept, sum);
  }

  /** Keeps the fewest likeliest weights that hold top-p of their sum; scales them to sum to 1. */
  private double[] cutToTopP(double[] weights, long[] order, int kept, double sum) {
    double wanted = settings.topP() * sum;
    double held = 0;
    int nucleus = 0;
    while (nucleus < kept && (settings.topP() == 1 || held < wanted)) {
      held += weights[TokenOrder.token(order[nucleus++])];
    }
    for (int i = 0; i < kept; i++) {
      int token = TokenOrder.token(order[i]);
      weights[token] = i < nucleus ? weights[token] / held : 0;
    }
    return weights;
  }
}
