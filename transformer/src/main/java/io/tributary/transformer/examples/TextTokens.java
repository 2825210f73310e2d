package io.tributary.transformer.examples;

import io.tributary.transformer.TokenBatch;

/**
 * All tokens of a site's texts in one row. Bytes stay the bytes they are: a site's text is held
 * once, and a byte-level model reads it where it lies.
 */
public abstract class TextTokens {
  private TextTokens() {}

  /** UTF-8 text, each byte a token; not copied, never to be changed. */
  public static TextTokens ofBytes(byte[] text) {
    return new Bytes(text);
  }

  /** Token ids; not copied, never to be changed. */
  public static TextTokens ofIds(int[] ids) {
    return new Ids(ids);
  }

  /** Number of tokens. */
  public abstract int length();

  /** The token at a place. */
  public abstract int token(int index);

  /** Sets a window of a causal model: see {@link TokenBatch#setWindow(int, byte[], int, int)}. */
  abstract void setWindow(TokenBatch batch, int sequence, TextWindow window);

  private static final class Bytes extends TextTokens {
    private final byte[] text;

    private Bytes(byte[] text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length;
    }

    @Override
    public int token(int index) {
      return text[index] & 0xFF;
    }

    @Override
    void setWindow(TokenBatch batch, int sequence, TextWindow window) {
      batch.setWindow(sequence, text, window.start(), window.count());
    }
  }

  private static final class Ids extends TextTokens {
    private final int[] ids;

    private Ids(int[] ids) {
      this.ids = ids;
    }

    @Override
    public int length() {
      return ids.length;
    }

    @Override
    public int token(int index) {
      return ids[index];
    }

    @Override
    void setWindow(TokenBatch batch, int sequence, TextWindow window) {
      batch.setWindow(sequence, ids, window.start(), window.count());
    }
  }
}
