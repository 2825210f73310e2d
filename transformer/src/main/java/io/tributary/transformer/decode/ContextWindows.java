package io.tributary.transformer.decode;

import java.util.Arrays;

/**
 * The tokens that the model sees of each sequence: the rule of {@link DecodingEngine} for full
 * contexts, in one place for every engine.
 *
 * <p>Not thread-safe; belongs to its engine.
 */
public final class ContextWindows {
  private final int contextLength;
  private final int vocabulary;
  private int[][] tokens;
  private int[] lengths;

  /**
   * Opens empty windows.
   *
   * @param sequences B, at least 1
   * @param contextLength T, at least 1
   * @param vocabulary V
   */
  public ContextWindows(int sequences, int contextLength, int vocabulary) {
    if (sequences < 1) {
      throw new IllegalArgumentException(
          "number of sequences is " + sequences + ": it must be at least 1");
    }
    this.contextLength = contextLength;
    this.vocabulary = vocabulary;
    this.tokens = new int[sequences][contextLength];
    this.lengths = new int[sequences];
  }

  /** How many of its last tokens a full context is started afresh from. */
  public static int keptWhenFull(int contextLength) {
    return Math.max(1, contextLength / 2);
  }

  /** Starts every window with a prompt, cut to its last T tokens. */
  public void start(int[][] prompts) {
    start(prompts, "prompt", true);
  }

  /** Starts every window with an encoder's source, cut to its first T tokens. */
  public void startFromFirst(int[][] sources) {
    start(sources, "source", false);
  }

  private void start(int[][] texts, String what, boolean keepLast) {
    requireCount(texts.length, what + "s");
    for (int s = 0; s < texts.length; s++) {
      int[] text = texts[s];
      if (text.length == 0) {
        throw new IllegalArgumentException(what + " " + s + " has no tokens: give at least one");
      }
      for (int token : text) {
        requireToken(token);
      }
      lengths[s] = Math.min(text.length, contextLength);
      int from = keepLast ? text.length - lengths[s] : 0;
      System.arraycopy(text, from, tokens[s], 0, lengths[s]);
    }
  }

  /**
   * Appends a token to one window.
   *
   * @return whether the window was full, so that the sequence starts afresh from what is left
   */
  public boolean append(int sequence, int token) {
    requireToken(token);
    int[] window = tokens[sequence];
    int length = lengths[sequence];
    boolean full = length == contextLength;
    if (full) {
      int kept = keptWhenFull(contextLength) - 1; // and the new one
      System.arraycopy(window, length - kept, window, 0, kept);
      length = kept;
    }
    window[length] = token;
    lengths[sequence] = length + 1;
    return full;
  }

  /** Replaces windows by copies: afterwards window i is what window {@code parents[i]} was. */
  public void reorder(int[] parents) {
    requireCount(parents.length, "parents");
    int[][] newTokens = new int[tokens.length][];
    int[] newLengths = new int[lengths.length];
    for (int s = 0; s < parents.length; s++) {
      newTokens[s] = tokens[parents[s]].clone();
      newLengths[s] = lengths[parents[s]];
    }
    tokens = newTokens;
    lengths = newLengths;
  }

  /** Checks that there is one value for each sequence. */
  public void requireCount(int count, String what) {
    if (count != lengths.length) {
      throw new IllegalArgumentException(
          "there are "
              + count
              + " "
              + what
              + " but the engine has "
              + lengths.length
              + " sequences: give one for each");
    }
  }

  /** B. */
  public int sequences() {
    return lengths.length;
  }

  /** Number of tokens that the model sees of a sequence. */
  public int length(int sequence) {
    return lengths[sequence];
  }

  /** Token of a sequence by position in its context. */
  public int token(int sequence, int position) {
    return tokens[sequence][position];
  }

  /** The tokens that the model sees of a sequence. */
  public int[] tokens(int sequence) {
    return Arrays.copyOf(tokens[sequence], lengths[sequence]);
  }

  private void requireToken(int token) {
    if (token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException(
          "token " + token + " is outside of the vocabulary of " + vocabulary);
    }
  }
}
