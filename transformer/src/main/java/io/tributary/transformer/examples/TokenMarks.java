package io.tributary.transformer.examples;

import io.tributary.transformer.tokens.ByteTokenizer;
import io.tributary.transformer.tokens.SpecialTokens;
import io.tributary.transformer.tokens.TextTokenizer;

/**
 * The tokens that tasks put around and into texts.
 *
 * @param vocabularySize every id is below it
 * @param mask hides a token, or {@link SpecialTokens#NONE}
 * @param begin starts a decoder's text
 * @param end parts texts and ends a decoder's; hidden nowhere
 * @param firstSentinel the first of the ids that stand for spans left out
 * @param sentinels how many; 0 if the tokenizer has none
 * @param prefix before a text that stands alone
 * @param suffix after it
 */
@SuppressWarnings("ArrayRecordComponent") // a few numbers read by position, compared by nobody
public record TokenMarks(
    int vocabularySize,
    int mask,
    int begin,
    int end,
    int firstSentinel,
    int sentinels,
    int[] prefix,
    int[] suffix) {

  /** The marks of byte-level text: bytes that never occur in UTF-8. */
  public static final TokenMarks BYTES =
      new TokenMarks(
          256,
          ByteTokenizer.MASK,
          ByteTokenizer.BEGIN,
          ByteTokenizer.END,
          ByteTokenizer.FIRST_SENTINEL,
          ByteTokenizer.SENTINELS,
          new int[0],
          new int[0]);

  /** The marks of a tokenizer from a file; the kinds that are read have no sentinels. */
  public static TokenMarks of(TextTokenizer tokenizer) {
    SpecialTokens special = tokenizer.special();
    return new TokenMarks(
        tokenizer.vocabularySize(),
        special.mask(),
        special.begin(),
        special.end(),
        SpecialTokens.NONE,
        0,
        tokenizer.prefix(),
        tokenizer.suffix());
  }

  /** Tokens put around a text that stands alone. */
  int around() {
    return prefix.length + suffix.length;
  }
}
