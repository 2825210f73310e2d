package io.tributary.transformer;

/**
 * How the next byte is drawn.
 *
 * @param temperature divides the logits; 0 always takes the likeliest byte
 * @param topK only the k likeliest bytes are drawn from; at least 1
 * @param seed of the draws
 */
public record SamplingSettings(double temperature, int topK, long seed) {
  /** Checks the bounds. */
  public SamplingSettings {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException(
          "temperature is " + temperature + ": it must be between 0 and 100");
    }
    if (topK < 1) {
      throw new IllegalArgumentException("top-k is " + topK + ": it must be at least 1");
    }
  }
}
