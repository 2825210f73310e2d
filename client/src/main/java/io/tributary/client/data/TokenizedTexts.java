package io.tributary.client.data;

import io.tributary.transformer.examples.LabelledTexts;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.examples.TokenMarks;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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

  /** Folders that hold texts but are none of these classes, sorted. */
  public Set<String> foldersBeside(List<String> classes) {
    Set<String> others = new TreeSet<>();
    for (TextDataset.Text text : texts) {
      if (text.folder() != null && !classes.contains(text.folder())) {
        others.add(text.folder());
      }
    }
    return others;
  }

  /** Number of texts that lie in no folder. */
  public long textsWithoutFolder() {
    return texts.stream().filter(text -> text.folder() == null).count();
  }

  /** The texts with their folders as classes; those of other folders are left out. */
  public LabelledTexts labelled(List<String> classes) {
    LabelledTexts labelled = new LabelledTexts(tokens);
    for (TextDataset.Text text : texts) {
      int label = text.folder() == null ? -1 : classes.indexOf(text.folder());
      if (label >= 0) {
        labelled.add(text.start(), text.end(), label);
      }
    }
    return labelled;
  }
}
