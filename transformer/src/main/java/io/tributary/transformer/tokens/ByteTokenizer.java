package io.tributary.transformer.tokens;

import java.nio.charset.StandardCharsets;

/**
 * The built-in tokenizer: a text's UTF-8 bytes are its tokens, so there is no file to agree on and
 * nothing that it cannot write. Special tokens are bytes that never occur in UTF-8: 0xFF hides,
 * 0xC0 begins a decoder's text, 0xC1 ends a text, and 0xF8 to 0xFE are sentinels.
 */
public final class ByteTokenizer implements TextTokenizer {
  /** Its digest. */
  public static final String DIGEST = "bytes";

  /** Hides a byte from a masked language model. */
  public static final int MASK = 0xFF;

  /** Begins the text of a decoder. */
  public static final int BEGIN = 0xC0;

  /** Ends a text. */
  public static final int END = 0xC1;

  /** The first of the sentinels, which stand for spans left out. */
  public static final int FIRST_SENTINEL = 0xF8;

  /** Number of sentinels. */
  public static final int SENTINELS = MASK - FIRST_SENTINEL;

  private static final int VALUES = 256;
  private static final SpecialTokens SPECIAL =
      new SpecialTokens(SpecialTokens.NONE, SpecialTokens.NONE, MASK, BEGIN, END);

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xFF;
    }
    return ids;
  }

  @Override
  public byte[] decode(int[] ids) {
    byte[] bytes = new byte[ids.length];
    int length = 0;
    for (int id : ids) {
      if (id < 0 || id >= VALUES) {
        throw new IllegalArgumentException("token " + id + " is no byte: ids are 0 to 255");
      }
      if (!isSpecial(id)) {
        bytes[length++] = (byte) id;
      }
    }
    return java.util.Arrays.copyOf(bytes, length);
  }

  private static boolean isSpecial(int id) {
    return id == BEGIN || id == END || id >= FIRST_SENTINEL;
  }

  @Override
  public int vocabularySize() {
    return VALUES;
  }

  @Override
  public SpecialTokens special() {
    return SPECIAL;
  }

  @Override
  public int[] prefix() {
    return new int[0];
  }

  @Override
  public int[] suffix() {
    return new int[0];
  }

  @Override
  public String digest() {
    return DIGEST;
  }

  @Override
  public void close() {
    // holds nothing
  }
}
