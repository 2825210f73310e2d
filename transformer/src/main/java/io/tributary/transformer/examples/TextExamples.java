package io.tributary.transformer.examples;

/** Examples that are cut from one row of tokens: what one site's texts give. */
public interface TextExamples extends ExampleSource {
  /**
   * How many tokens of a stretch of the text are held out.
   *
   * @param start its first token
   * @param end after its last
   */
  int heldOutWithin(int start, int end);
}
