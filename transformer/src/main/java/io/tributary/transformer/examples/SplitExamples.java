package io.tributary.transformer.examples;

/** Examples from one row of tokens, each of which is either trained on or held out. */
public interface SplitExamples extends ExampleSource {
  /**
   * How many tokens of a stretch of the row are held out.
   *
   * @param start its first token
   * @param end after its last
   */
  int heldOutWithin(int start, int end);
}
