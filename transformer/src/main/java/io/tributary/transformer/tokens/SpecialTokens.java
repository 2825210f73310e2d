package io.tributary.transformer.tokens;

/**
 * The ids of a tokenizer's tokens that stand for no text; {@link #NONE} where there is no such
 * token.
 *
 * @param pad fills a window up; never attended to
 * @param unknown stands for what the vocabulary cannot write
 * @param mask hides a token that a masked language model must find
 * @param begin begins a text: BERT's {@code [CLS]}, Llama's {@code <s>}
 * @param end ends a text or parts two: BERT's {@code [SEP]}, GPT-2's {@code <|endoftext|>}
 */
public record SpecialTokens(int pad, int unknown, int mask, int begin, int end) {
  /** There is no such token. */
  public static final int NONE = -1;

  /** Checks that every id is one, or none. */
  public SpecialTokens {
    for (int id : new int[] {pad, unknown, mask, begin, end}) {
      if (id < NONE) {
        throw new IllegalArgumentException(
            "a special token has id " + id + ": use " + NONE + " for none");
      }
    }
  }

  /** Whether an id is one of them. */
  public boolean contains(int id) {
    return id != NONE && (id == pad || id == unknown || id == mask || id == begin || id == end);
  }
}
