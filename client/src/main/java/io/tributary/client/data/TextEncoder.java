package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.examples.TokenMarks;
import io.tributary.transformer.tokens.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns a {@link TextDataset} into tokens, once. Each text is followed by the tokenizer's end
 * token, if it has one, so that a window over two texts shows where one ends.
 */
final class TextEncoder {
  /** Characters encoded at once; a longer text is cut after a line or word near here. */
  private static final int PIECE = 1 << 20;

  /** Tokens may take one part of so many of the heap, beside the texts themselves. */
  private static final int HEAP_SHARE = 4;

  private final TextTokenizer tokenizer;
  private final long maxTokens;
  private int[] ids = new int[1024];
  private int count;

  TextEncoder(TextTokenizer tokenizer, long heapBytes) {
    this.tokenizer = tokenizer;
    this.maxTokens = Math.min(Integer.MAX_VALUE - 8, heapBytes / HEAP_SHARE / Integer.BYTES);
  }

  TokenizedTexts encode(TextDataset dataset) {
    TokenMarks marks = TokenMarks.of(tokenizer);
    List<TextDataset.Text> texts = new ArrayList<>();
    for (TextDataset.Text text : dataset.texts()) {
      int start = count;
      append(
          new String(
              dataset.bytes(), text.start(), text.end() - text.start(), StandardCharsets.UTF_8));
      texts.add(new TextDataset.Text(text.label(), start, count));
      if (marks.end() >= 0) {
        append(new int[] {marks.end()});
      }
    }
    return new TokenizedTexts(
        TextTokens.ofIds(Arrays.copyOf(ids, count)), marks, List.copyOf(texts));
  }

  private void append(String text) {
    for (int from = 0; from < text.length(); ) {
      int to = pieceEnd(text, from);
      append(tokenizer.encode(text.substring(from, to)));
      from = to;
    }
  }

  private static int pieceEnd(String text, int from) {
    if (text.length() - from <= PIECE) {
      return text.length();
    }
    int end = from + PIECE;
    for (char wanted : new char[] {'\n', ' '}) {
      int at = text.lastIndexOf(wanted, end - 1);
      if (at > from + PIECE / 2) {
        return at + 1;
      }
    }
    return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
  }

  private void append(int[] more) {
    if (count + (long) more.length > maxTokens) {
      throw new UserErrorException(
          Kind.FAILED,
          "the data has more than the "
              + maxTokens
              + " tokens that fit into a quarter of the heap: raise -Xmx by TRIBUTARY_JAVA_OPTS, or"
              + " name a smaller directory");
    }
    if (count + more.length > ids.length) {
      ids =
          Arrays.copyOf(ids, (int) Math.min(maxTokens, Math.max(2L * count, count + more.length)));
    }
    System.arraycopy(more, 0, ids, count, more.length);
    count += more.length;
  }
}
