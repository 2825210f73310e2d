package io.tributary.transformer.tokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts texts into windows of T tokens, which is what a batch is made of: one text a window, cut at
 * the end and padded, or short texts packed together so that little is padding.
 */
public final class TokenWindows {
  private final TextTokenizer tokenizer;
  private final int length;
  private final int[] prefix;
  private final int[] suffix;
  private final int pad;

  /**
   * Prepares windows of one length.
   *
   * @param length T; must leave room for a token beside what the tokenizer puts around a text
   * @throws IllegalArgumentException when it does not
   */
  public TokenWindows(TextTokenizer tokenizer, int length) {
    this.tokenizer = tokenizer;
    this.length = length;
    this.prefix = tokenizer.prefix();
    this.suffix = tokenizer.suffix();
    // Attention never sees padding, so that any id will do where there is none of its own.
    this.pad = Math.max(0, tokenizer.special().pad());
    if (length < prefix.length + suffix.length + 1) {
      throw new IllegalArgumentException(
          "the context length is "
              + length
              + " but a text needs at least "
              + (prefix.length + suffix.length + 1)
              + " tokens with the special ones around it");
    }
  }

  /**
   * One text as one window, with the tokenizer's prefix and suffix; what does not fit is cut off.
   */
  public TokenWindow single(String text) {
    int[] tokens = tokenizer.encode(text);
    int kept = Math.min(tokens.length, length - prefix.length - suffix.length);
    int[] ids = new int[length];
    System.arraycopy(prefix, 0, ids, 0, prefix.length);
    System.arraycopy(tokens, 0, ids, prefix.length, kept);
    System.arraycopy(suffix, 0, ids, prefix.length + kept, suffix.length);
    return finished(ids, prefix.length + kept + suffix.length);
  }

  /**
   * Packs texts for language modelling, in order. Each is followed by the tokenizer's end token, if
   * it has one; as many whole texts as fit share a window; a text longer than a window fills whole
   * windows, and its rest is packed like a short one. Texts without tokens are left out.
   */
  public List<TokenWindow> pack(Iterable<String> texts) {
    List<TokenWindow> windows = new ArrayList<>();
    int end = tokenizer.special().end();
    int[] open = new int[length];
    int used = 0;
    for (String text : texts) {
      int[] tokens = tokenizer.encode(text);
      if (tokens.length == 0) {
        continue;
      }
      if (end != SpecialTokens.NONE) {
        tokens = Arrays.copyOf(tokens, tokens.length + 1);
        tokens[tokens.length - 1] = end;
      }
      if (used > 0 && used + tokens.length > length) {
        windows.add(finished(open, used));
        open = new int[length];
        used = 0;
      }
      int from = 0;
      for (; tokens.length - from > length; from += length) {
        windows.add(new TokenWindow(Arrays.copyOfRange(tokens, from, from + length), length));
      }
      System.arraycopy(tokens, from, open, used, tokens.length - from);
      used += tokens.length - from;
    }
    if (used > 0) {
      windows.add(finished(open, used));
    }
    return windows;
  }

  private TokenWindow finished(int[] ids, int present) {
    Arrays.fill(ids, present, length, pad);
    return new TokenWindow(ids, present);
  }
}
