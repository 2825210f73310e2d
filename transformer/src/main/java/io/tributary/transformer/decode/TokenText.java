package io.tributary.transformer.decode;

/** What tokens stand for: the tokenizer, as generation sees it. */
public interface TokenText {
  /** In place of a token that the vocabulary does not have. */
  int NO_TOKEN = -1;

  /** Tokens below this one stand for something; the model's other tokens are never chosen. */
  int tokens();

  /** Tokens of a prompt: at least one, also for an empty text. */
  int[] encode(String text);

  /** What an encoder–decoder's text begins with, beside the source: at least one token. */
  int[] start();

  /** Bytes that a token adds to a text: none for a special token. */
  byte[] bytes(int token);

  /** The token that ends a text, or {@link #NO_TOKEN}. */
  int endOfText();
}
