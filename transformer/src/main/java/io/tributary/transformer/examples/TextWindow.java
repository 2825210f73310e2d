package io.tributary.transformer.examples;

/**
 * A stretch of a text that is trained or judged on as one sequence.
 *
 * @param start index of its first token
 * @param count number of tokens, at least 2
 */
record TextWindow(int start, int count) {
  /** Checks that there is something to predict. */
  TextWindow {
    if (start < 0 || count < 2) {
      throw new IllegalArgumentException(
          "window starts at " + start + " with " + count + " tokens: it needs at least 2");
    }
  }

  /** Index after its last token. */
  int end() {
    return start + count;
  }
}
