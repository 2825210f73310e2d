package io.tributary.transformer;

/**
 * A stretch of a text that is trained or judged on as one sequence: each byte but the first is
 * predicted from those before it.
 *
 * @param start index of its first byte
 * @param count number of bytes, at least 2
 */
public record TextWindow(int start, int count) {
  /** Checks that there is something to predict. */
  public TextWindow {
    if (start < 0 || count < 2) {
      throw new IllegalArgumentException(
          "window starts at " + start + " with " + count + " bytes: it needs at least 2 bytes");
    }
  }

  /** Index after its last byte. */
  public int end() {
    return start + count;
  }

  /** Number of predicted bytes. */
  public int targets() {
    return count - 1;
  }
}
