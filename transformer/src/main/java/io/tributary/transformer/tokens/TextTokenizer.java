package io.tributary.transformer.tokens;

import java.nio.charset.StandardCharsets;

/**
 * Turns text into token ids and back. All sites of a job must use the same one: its {@link #digest}
 * is part of the model's configuration.
 *
 * <p>Instances may be used by one thread at a time.
 */
public interface TextTokenizer extends AutoCloseable {

  /**
   * The tokens of a text, nothing put around them. Text in it that looks like a special token is
   * encoded as the tokenizer's file says.
   */
  int[] encode(String text);

  /**
   * The text of tokens as UTF-8 bytes, special tokens left out. A character may be cut at either
   * end.
   *
   * @throws IllegalArgumentException when an id is outside the vocabulary
   */
  byte[] decode(int[] ids);

  /** The text of tokens; what is no UTF-8 becomes U+FFFD. */
  default String text(int[] ids) {
    return new String(decode(ids), StandardCharsets.UTF_8);
  }

  /** Number of ids: every id is below it. */
  int vocabularySize();

  /** The tokens that stand for no text. */
  SpecialTokens special();

  /** What this tokenizer puts before every text that stands alone, such as {@code [CLS]}. */
  int[] prefix();

  /** What this tokenizer puts after every text that stands alone, such as {@code [SEP]}. */
  int[] suffix();

  /** {@code bytes}, or {@code sha256:} and the 64 hexadecimal digits of the file. */
  String digest();

  @Override
  void close();
}
