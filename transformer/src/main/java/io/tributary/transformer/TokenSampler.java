package io.tributary.transformer;

import io.tributary.common.random.CounterRandom;
import java.util.Arrays;

/** Draws a token from logits by temperature and top-k. Ties go to the lower token. */
final class TokenSampler {
  private final SamplingSettings settings;
  private final CounterRandom random;

  TokenSampler(SamplingSettings settings) {
    this.settings = settings;
    this.random = new CounterRandom(settings.seed(), "sampling");
  }

  /**
   * Draws one token.
   *
   * @param logits values of all tokens from index {@code from}
   */
  int draw(float[] logits, int from, int vocabulary) {
    double[] probabilities = probabilities(logits, from, vocabulary);
    double left = random.nextDouble();
    int last = 0;
    for (int token = 0; token < vocabulary; token++) {
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
  double[] probabilities(float[] logits, int from, int vocabulary) {
    Integer[] order = new Integer[vocabulary];
    Arrays.setAll(order, token -> token);
    Arrays.sort(
        order,
        (a, b) -> {
          int byLogit = Float.compare(logits[from + b], logits[from + a]);
          return byLogit != 0 ? byLogit : Integer.compare(a, b);
        });
    double[] probabilities = new double[vocabulary];
    if (settings.temperature() == 0) {
      probabilities[order[0]] = 1;
      return probabilities;
    }
    int kept = Math.min(settings.topK(), vocabulary);
    double largest = logits[from + order[0]];
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      double weight = Math.exp((logits[from + order[i]] - largest) / settings.temperature());
      probabilities[order[i]] = weight;
      sum += weight;
    }
    for (int i = 0; i < kept; i++) {
      probabilities[order[i]] /= sum;
    }
    return probabilities;
  }
}
