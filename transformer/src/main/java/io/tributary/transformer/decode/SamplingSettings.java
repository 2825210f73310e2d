package io.tributary.transformer.decode;

/**
 * How the next token is drawn: repetition penalty, temperature, top-k and top-p, in this order.
 *
 * @param temperature divides the logits; 0 always takes the likeliest token
 * @param topK only the k likeliest tokens are drawn from (Fan et al., 2018); at least 1
 * @param topP only the fewest likeliest tokens that hold this much probability are drawn from
 *     (Holtzman et al., 2020); above 0, 1 keeps all
 * @param repetitionPenalty see {@link TokenChoice#repetitionPenalty}
 * @param seed of the draws
 */
public record SamplingSettings(
    double temperature, int topK, double topP, double repetitionPenalty, long seed)
    implements TokenChoice {
  /** Checks the bounds. */
  public SamplingSettings {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException(
          "temperature is " + temperature + ": it must be between 0 and 100");
    }
    if (topK < 1) {
      throw new IllegalArgumentException("top-k is " + topK + ": it must be at least 1");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top-p is " + topP + ": it must be above 0 and at most 1");
    }
    TokenChoice.requireRepetitionPenalty(repetitionPenalty);
  }

  /** Always the likeliest token; of equal ones the lower. */
  public static SamplingSettings greedy() {
    return new SamplingSettings(0, Integer.MAX_VALUE, 1, 1, 0);
  }

  /** Draws by temperature and top-k alone. */
  public static SamplingSettings of(double temperature, int topK, long seed) {
    return new SamplingSettings(temperature, topK, 1, 1, seed);
  }
}
