package io.tributary.client.data;

import io.tributary.transformer.examples.LabelledTexts;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.examples.TokenMarks;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A site's texts as one tokenizer sees them: one row of tokens, and where each text lies in it. */
public final class TokenizedTexts {
  private final TextTokens tokens;
  private final TokenMarks marks;
  private final List<TextDataset.Text> texts;

  TokenizedTexts(TextTokens tokens, TokenMarks marks, List<TextDataset.Text> texts) {
    this.tokens = tokens;
    this.marks = marks;
    this.texts = texts;
  }

  /** All tokens, in order, with what parts the texts between them. */
  public TextTokens tokens() {
    return tokens;
  }

  /** The tokenizer's tokens that stand for no text. */
  public TokenMarks marks() {
    return marks;
  }

  /** Number of texts. */
  public int count() {
    return texts.size();
  }

  /** Where a text lies, and its label. */
  TextDataset.Text text(int index) {
    return texts.get(index);
  }

  /** Number of texts of each label, as the job should call it. */
  public SortedMap<String, Integer> textsByLabel() {
    SortedMap<String, Integer> counts = new TreeMap<>();
    for (TextDataset.Text text : texts) {
      if (text.label() != null) {
        counts.merge(text.label(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /** Labels of texts that are none of these classes, with the number of texts of each. */
  public SortedMap<String, Integer> labelsBeside(List<String> classes) {
    SortedMap<String, Integer> others = textsByLabel();
    others.keySet().removeAll(classes);
    return others;
  }

  /** Number of texts that have no label. */
  public long textsWithoutLabel() {
    return texts.stream().filter(text -> text.label() == null).count();
  }

  /** The texts with their labels as classes; those of other labels are left out. */
  public LabelledTexts labelled(List<String> classes) {
    LabelledTexts labelled = new LabelledTexts(tokens);
    for (TextDataset.Text text : texts) {
      int label = text.label() == null ? -1 : classes.indexOf(text.label());
      if (label >= 0) {
        labelled.add(text.start(), text.end(), label);
      }
    }
    return labelled;
  }
}
