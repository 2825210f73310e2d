package io.tributary.transformer.decode;

import io.tributary.transformer.tokens.ByteTokenizer;

/** The built-in tokenizer: a token is a byte of UTF-8. */
public final class ByteText implements TokenText {
  private final ByteTokenizer tokenizer = new ByteTokenizer();
  private final int vocabulary;

  /**
   * For a model's vocabulary.
   *
   * @param vocabulary V; tokens that are no bytes are never chosen
   */
  public ByteText(int vocabulary) {
    this.vocabulary = vocabulary;
  }

  @Override
  public int tokens() {
    return Math.min(vocabulary, tokenizer.vocabularySize());
  }

  /** Bytes of the text; a line break for an empty one. */
  @Override
  public int[] prompt(String text) {
    return tokenizer.encode(text.isEmpty() ? "\n" : text);
  }

  @Override
  public int[] source(String text) {
    return prompt(text);
  }

  @Override
  public int[] start() {
    return new int[] {ByteTokenizer.BEGIN};
  }

  @Override
  public int endOfText() {
    return ByteTokenizer.END < vocabulary ? ByteTokenizer.END : NO_TOKEN;
  }

  @Override
  public Reader read(int[] before) {
    return new Bytes();
  }

  /** Keeps nothing: every byte stands for itself. */
  private final class Bytes implements Reader {
    @Override
    public byte[] next(int token) {
      return tokenizer.decode(new int[] {token});
    }

    @Override
    public Reader copy() {
      return this;
    }
  }
}
