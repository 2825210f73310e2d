package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;

/**
 * Span corruption as T5 is trained (Raffel et al., "Exploring the limits of transfer learning",
 * 2020, section 3.1.4): spans of three tokens on average are cut from a window, each replaced by a
 * sentinel of its own, and the decoder writes each sentinel and its span, then the end.
 *
 * <pre>
 *   window   to be or not to be
 *   source   to A not B
 *   text     A be or B to be END
 *   input    BEGIN A be or B to be     (shifted right: teacher forcing)
 * </pre>
 *
 * <p>There are no more spans than sentinels; in a long window of bytes, spans are longer instead.
 */
public final class InfillingExamples extends WindowExamples {
  private static final double MEAN_SPAN = 3;

  private final TokenMarks marks;
  private final double share;

  /**
   * Splits a text.
   *
   * @param contextLength T of the model, at least 8
   * @param share of the tokens that is cut out, in (0, 0.5]
   * @param heldOutShare part to judge on, in [0, 0.5]
   * @param seed of the job
   * @throws IllegalArgumentException if the tokenizer has no sentinels
   */
  public InfillingExamples(
      TextTokens text,
      TokenMarks marks,
      int contextLength,
      double share,
      double heldOutShare,
      long seed) {
    super(text, contextLength, contextLength, 0, heldOutShare, seed);
    if (marks.sentinels() < 1) {
      throw new IllegalArgumentException(
          "the tokenizer has no sentinels, which infilling puts where spans are cut: use the"
              + " tokenizer bytes");
    }
    this.marks = marks;
    this.share = share;
  }

  @Override
  void fill(TextWindow window, CounterRandom random, TokenBatch batch, int sequence) {
    int cut = cut(window);
    int spans = spans(window);
    int[] kept = parts(window.count() - cut, spans, random);
    int[] hidden = parts(cut, spans, random);
    int at = window.start();
    int source = 0;
    int written = 0;
    batch.setInput(sequence, 0, marks.begin());
    for (int span = 0; span < spans; span++) {
      for (int i = 0; i < kept[span]; i++) {
        batch.setSource(sequence, source++, text().token(at++));
      }
      int sentinel = marks.firstSentinel() + span;
      batch.setSource(sequence, source++, sentinel);
      written = write(batch, sequence, written, sentinel);
      for (int i = 0; i < hidden[span]; i++) {
        written = write(batch, sequence, written, text().token(at++));
      }
    }
    batch.setTarget(sequence, written, marks.end());
  }

  /** A token is a target where it is to be written, and the input after it. */
  private static int write(TokenBatch batch, int sequence, int at, int token) {
    batch.setTarget(sequence, at, token);
    batch.setInput(sequence, at + 1, token);
    return at + 1;
  }

  @Override
  int targets(TextWindow window) {
    return cut(window) + spans(window) + 1;
  }

  private int cut(TextWindow window) {
    return (int) Math.max(1, Math.min(window.count() - 1, Math.round(share * window.count())));
  }

  private int spans(TextWindow window) {
    int cut = cut(window);
    int most = Math.min(marks.sentinels(), Math.min(cut, window.count() - cut));
    return (int) Math.max(1, Math.min(most, Math.round(cut / MEAN_SPAN)));
  }

  /** Lengths, each at least 1, that add up to {@code total}: every composition equally likely. */
  private static int[] parts(int total, int count, CounterRandom random) {
    boolean[] ends = new boolean[total];
    int[] places = random.permutation(total - 1);
    for (int i = 0; i < count - 1; i++) {
      ends[places[i]] = true;
    }
    int[] lengths = new int[count];
    int part = 0;
    for (int i = 0; i < total; i++) {
      lengths[part]++;
      part += ends[i] ? 1 : 0;
    }
    return lengths;
  }
}
