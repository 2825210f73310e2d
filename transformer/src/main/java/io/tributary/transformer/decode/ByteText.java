package io.tributary.transformer.decode;

import java.nio.charset.StandardCharsets;

/** The built-in tokenizer: a token is a byte of UTF-8. */
public final class ByteText implements TokenText {
  /** Ends a text: a byte that never occurs in UTF-8. */
  public static final int END_OF_TEXT = 0xC1;

  /** Begins a decoder's text beside a source. */
  public static final int START_OF_TEXT = 0xC0;

  private static final int BYTES = 256;

  private final int vocabulary;

  /**
   * For a model's vocabulary.
   *
   * @param vocabulary V; tokens from 256 on are never chosen
   */
  public ByteText(int vocabulary) {
    this.vocabulary = vocabulary;
  }

  @Override
  public int tokens() {
    return Math.min(vocabulary, BYTES);
  }

  /** Bytes of the text; a line break for an empty one. */
  @Override
  public int[] encode(String text) {
    byte[] bytes = (text.isEmpty() ? "\n" : text).getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = bytes[i] & 0xFF;
    }
    return tokens;
  }

  @Override
  public int[] start() {
    return new int[] {START_OF_TEXT};
  }

  @Override
  public byte[] bytes(int token) {
    return new byte[] {(byte) token};
  }

  @Override
  public int endOfText() {
    return END_OF_TEXT < vocabulary ? END_OF_TEXT : NO_TOKEN;
  }
}
