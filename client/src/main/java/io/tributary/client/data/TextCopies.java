package io.tributary.client.data;

import io.tributary.transformer.examples.TextTokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;

/** Which of a site's texts are exact copies of others. */
public final class TextCopies {
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  private final TokenizedTexts texts;
  private final List<List<Integer>> groups;
  private final int copies;

  /** Compares all texts, token by token where their hashes are equal. */
  public TextCopies(TokenizedTexts texts) {
    this.texts = texts;
    Map<Long, List<List<Integer>>> byHash = new HashMap<>();
    for (int i = 0; i < texts.count(); i++) {
      int index = i;
      List<List<Integer>> sameHash = byHash.computeIfAbsent(hash(i), hash -> new ArrayList<>(1));
      sameHash.stream()
          .filter(group -> equal(group.get(0), index))
          .findFirst()
          .orElseGet(
              () -> {
                List<Integer> group = new ArrayList<>(1);
                sameHash.add(group);
                return group;
              })
          .add(index);
    }
    this.groups =
        byHash.values().stream().flatMap(List::stream).filter(group -> group.size() > 1).toList();
    this.copies = groups.stream().mapToInt(group -> group.size() - 1).sum();
  }

  private long hash(int index) {
    TextDataset.Text text = texts.text(index);
    TextTokens tokens = texts.tokens();
    long hash = FNV_OFFSET;
    for (int i = text.start(); i < text.end(); i++) {
      hash = (hash ^ tokens.token(i)) * FNV_PRIME;
    }
    return hash;
  }

  private boolean equal(int one, int other) {
    TextDataset.Text a = texts.text(one);
    TextDataset.Text b = texts.text(other);
    if (a.end() - a.start() != b.end() - b.start()) {
      return false;
    }
    for (int i = 0; i < a.end() - a.start(); i++) {
      if (texts.tokens().token(a.start() + i) != texts.tokens().token(b.start() + i)) {
        return false;
      }
    }
    return true;
  }

  /** Number of texts that are equal to an earlier one. */
  public int count() {
    return copies;
  }

  /**
   * Number of texts that judge, in part at least, while a copy of them is trained on: they make a
   * model look better than it is.
   *
   * @param heldOutWithin tokens held out from a place up to before another
   */
  public int acrossSplit(IntBinaryOperator heldOutWithin) {
    int judging = 0;
    for (List<Integer> group : groups) {
      int trained = 0;
      for (int index : group) {
        trained += isTrained(index, heldOutWithin) ? 1 : 0;
      }
      for (int index : group) {
        TextDataset.Text text = texts.text(index);
        boolean judges = heldOutWithin.applyAsInt(text.start(), text.end()) > 0;
        int others = trained - (isTrained(index, heldOutWithin) ? 1 : 0);
        judging += judges && others > 0 ? 1 : 0;
      }
    }
    return judging;
  }

  private boolean isTrained(int index, IntBinaryOperator heldOutWithin) {
    TextDataset.Text text = texts.text(index);
    return heldOutWithin.applyAsInt(text.start(), text.end()) < text.end() - text.start();
  }
}
