package io.tributary.transformer.examples;

import java.util.ArrayList;
import java.util.List;

/**
 * Texts with their classes, as stretches of one row of tokens. Grows while a site's data is read.
 */
public final class LabelledTexts {
  private final TextTokens text;
  private final List<Labelled> texts = new ArrayList<>();

  /** A text and its class. */
  record Labelled(int start, int end, int label) {}

  /** None yet. */
  public LabelledTexts(TextTokens text) {
    this.text = text;
  }

  /**
   * Adds a text; one without tokens is left out.
   *
   * @param start its first token
   * @param end after its last token
   * @param label index of its class
   */
  public void add(int start, int end, int label) {
    if (start < 0 || end > text.length() || label < 0) {
      throw new IllegalArgumentException(
          "text from " + start + " to " + end + " with label " + label + " is not one of these");
    }
    if (start < end) {
      texts.add(new Labelled(start, end, label));
    }
  }

  /** Number of texts. */
  public int count() {
    return texts.size();
  }

  TextTokens text() {
    return text;
  }

  Labelled get(int index) {
    return texts.get(index);
  }
}
