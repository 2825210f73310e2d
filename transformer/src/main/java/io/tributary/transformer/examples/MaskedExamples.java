package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;

/**
 * Masked language modelling as BERT is trained (Devlin et al., 2019, appendix A.1): in each window
 * a share of the tokens is to be found; 80 % of those are replaced by the mask, 10 % by a random
 * token, 10 % stay as they are. Which ones is drawn anew in every epoch.
 *
 * <p>A window is as long as the tokenizer's prefix and suffix, such as {@code [CLS]} and {@code
 * [SEP]}, leave room for. Separators between texts are never hidden.
 */
public final class MaskedExamples extends WindowExamples {
  private static final double MASKED = 0.8;
  private static final double REPLACED = 0.9;

  private final TokenMarks marks;
  private final double share;

  /**
   * Splits a text.
   *
   * @param contextLength T of the model
   * @param share of the tokens that is hidden, in (0, 1)
   * @param heldOutShare part to judge on, in [0, 0.5]
   * @param seed of the job
   * @throws IllegalArgumentException if the tokenizer has no mask or T is too short
   */
  public MaskedExamples(
      TextTokens text,
      TokenMarks marks,
      int contextLength,
      double share,
      double heldOutShare,
      long seed) {
    super(text, contextLength, contextLength - marks.around(), 0, heldOutShare, seed);
    if (marks.mask() < 0) {
      throw new IllegalArgumentException(
          "the tokenizer has no mask token: masked-language-model needs one, such as [MASK]");
    }
    this.marks = marks;
    this.share = share;
  }

  @Override
  void fill(TextWindow window, CounterRandom random, TokenBatch batch, int sequence) {
    int[] order = random.permutation(window.count());
    int left = targets(window);
    int first = marks.prefix().length;
    for (int i = 0; i < first; i++) {
      batch.setInput(sequence, i, marks.prefix()[i]);
    }
    for (int i : order) {
      int token = text().token(window.start() + i);
      batch.setInput(sequence, first + i, token);
      if (left > 0 && token != separator()) {
        left--;
        batch.setTarget(sequence, first + i, token);
        double kind = random.nextDouble();
        if (kind < MASKED) {
          batch.setInput(sequence, first + i, marks.mask());
        } else if (kind < REPLACED) {
          batch.setInput(sequence, first + i, random.nextInt(marks.vocabularySize()));
        }
      }
    }
    for (int i = 0; i < marks.suffix().length; i++) {
      batch.setInput(sequence, first + window.count() + i, marks.suffix()[i]);
    }
  }

  /** A share of what may be hidden, at least one. */
  @Override
  int targets(TextWindow window) {
    int candidates = 0;
    for (int i = window.start(); i < window.end(); i++) {
      candidates += text().token(i) == separator() ? 0 : 1;
    }
    return candidates == 0 ? 0 : (int) Math.max(1, Math.round(share * candidates));
  }

  private int separator() {
    return marks.end();
  }
}
