package io.tributary.transformer.decode;

/** What tokens stand for: the tokenizer, as generation sees it. */
public interface TokenText {
  /** In place of a token that the vocabulary does not have. */
  int NO_TOKEN = -1;

  /** Tokens below this one stand for something; the model's other tokens are never chosen. */
  int tokens();

  /** Tokens of a prompt, at least one. */
  int[] prompt(String text);

  /** Tokens of an encoder–decoder's source, at least one. */
  int[] source(String text);

  /** What an encoder–decoder's text begins with, beside the source: at least one token. */
  int[] start();

  /** The token that ends a text, or {@link #NO_TOKEN}. */
  int endOfText();

  /**
   * Begins to read tokens as text.
   *
   * @param before tokens that come before the first one; they are not read again
   */
  Reader read(int[] before);

  /** Turns one text's tokens into bytes, one after the other. */
  interface Reader {
    /** Bytes that a token adds: none for a special one, or while a character lacks others. */
    byte[] next(int token);

    /** A reader that goes on from here by itself. */
    Reader copy();
  }
}
