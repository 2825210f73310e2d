package io.tributary.transformer.decode;

/**
 * How texts are generated and when they end: at the end-of-text token, before a stop sequence, or
 * at the maximum length.
 *
 * @param choice how tokens are chosen
 * @param maxTokens most tokens after the prompt
 * @param maxBytes most bytes after the prompt
 * @param stops byte strings that end a text before they come
 */
public record GenerationSettings(
    TokenChoice choice, int maxTokens, int maxBytes, StopSequences stops) {
  /** Most tokens or bytes of one text. */
  public static final int MAX_LENGTH = 1 << 20;

  /** Checks the bounds. */
  public GenerationSettings {
    requireLength("max-tokens", maxTokens);
    requireLength("max-bytes", maxBytes);
  }

  /** With no other end than the end-of-text token and a number of tokens. */
  public static GenerationSettings of(TokenChoice choice, int maxTokens) {
    return new GenerationSettings(choice, maxTokens, MAX_LENGTH, StopSequences.none());
  }

  private static void requireLength(String name, int value) {
    if (value < 1 || value > MAX_LENGTH) {
      throw new IllegalArgumentException(
          name + " is " + value + ": it must be between 1 and " + MAX_LENGTH);
    }
  }
}
