package io.tributary.transformer.decode;

import io.tributary.transformer.tokens.SpecialTokens;
import io.tributary.transformer.tokens.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Any tokenizer, as generation sees it. It stays its opener's to close. */
public final class TokenizerText implements TokenText {
  /** Tokens before a text that are decoded with it: spaces and joints depend on neighbours. */
  private static final int LOOK_BACK = 8;

  /** A character is whole after so many tokens, or will never be. */
  private static final int LONGEST_CHARACTER = 4;

  private final TextTokenizer tokenizer;
  private final int vocabulary;

  /**
   * For a model's vocabulary.
   *
   * @param vocabulary V; tokens that only one of the two has are never chosen
   */
  public TokenizerText(TextTokenizer tokenizer, int vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  @Override
  public int tokens() {
    return Math.min(vocabulary, tokenizer.vocabularySize());
  }

  @Override
  public int[] prompt(String text) {
    int[] tokens = joined(tokenizer.prefix(), tokenizer.encode(text));
    return tokens.length == 0 ? start() : tokens;
  }

  @Override
  public int[] source(String text) {
    return joined(prompt(text), tokenizer.suffix());
  }

  private static int[] joined(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** The tokenizer's beginning; without one its padding, as T5 does, or its end, as GPT-2 does. */
  @Override
  public int[] start() {
    SpecialTokens special = tokenizer.special();
    for (int token : new int[] {special.begin(), special.pad(), special.end()}) {
      if (token != SpecialTokens.NONE) {
        return new int[] {token};
      }
    }
    throw new IllegalArgumentException(
        "the prompt is empty, and the tokenizer has no token that a text could begin with: give a"
            + " prompt");
  }

  @Override
  public int endOfText() {
    int end = tokenizer.special().end();
    return end == SpecialTokens.NONE ? NO_TOKEN : end;
  }

  @Override
  public Reader read(int[] before) {
    int[] last = Arrays.copyOfRange(before, Math.max(0, before.length - LOOK_BACK), before.length);
    return new Window(last, last.length);
  }

  /**
   * Decodes the last tokens twice, without and with the new ones: what is more is what they add.
   * Tokens that end within a character wait for the others.
   */
  private final class Window implements Reader {
    private int[] tokens;
    private int read;

    Window(int[] tokens, int read) {
      this.tokens = tokens;
      this.read = read;
    }

    @Override
    public byte[] next(int token) {
      tokens = Arrays.copyOf(tokens, tokens.length + 1);
      tokens[tokens.length - 1] = token;
      String known = tokenizer.text(Arrays.copyOf(tokens, read));
      String all = tokenizer.text(tokens);
      boolean cut = all.endsWith("\uFFFD") && tokens.length - read < LONGEST_CHARACTER;
      if (cut) {
        return new byte[0];
      }
      tokens = Arrays.copyOfRange(tokens, Math.max(0, tokens.length - LOOK_BACK), tokens.length);
      read = tokens.length;
      int same = 0;
      while (same < known.length()
          && same < all.length()
          && known.charAt(same) == all.charAt(same)) {
        same++;
      }
      return all.substring(same).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Reader copy() {
      return new Window(tokens, read);
    }
  }
}
