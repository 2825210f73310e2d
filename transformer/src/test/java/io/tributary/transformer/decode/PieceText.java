package io.tributary.transformer.decode;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A tokenizer for tests: a token is any piece of bytes; the last one ends the text. */
final class PieceText implements TokenText {
  private final List<byte[]> pieces;

  private PieceText(List<byte[]> pieces) {
    this.pieces = pieces;
  }

  static PieceText of(String... pieces) {
    return new PieceText(
        List.of(pieces).stream().map(piece -> piece.getBytes(StandardCharsets.UTF_8)).toList());
  }

  static PieceText ofBytes(List<byte[]> pieces) {
    return new PieceText(pieces);
  }

  /** One token more than there are pieces. */
  @Override
  public int tokens() {
    return pieces.size() + 1;
  }

  /** A prompt's tokens are its digits. */
  @Override
  public int[] prompt(String text) {
    return text.chars().map(c -> c - '0').toArray();
  }

  @Override
  public int[] source(String text) {
    return prompt(text);
  }

  @Override
  public int[] start() {
    return new int[] {0};
  }

  @Override
  public int endOfText() {
    return pieces.size();
  }

  @Override
  public Reader read(int[] before) {
    return new Reader() {
      @Override
      public byte[] next(int token) {
        return pieces.get(token).clone();
      }

      @Override
      public Reader copy() {
        return this;
      }
    };
  }
}
