package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;
import java.util.stream.IntStream;

/**
 * Classification: each text is an example, cut off at T tokens with the tokenizer's prefix and
 * suffix around it; positions behind it are absent. What is held out are whole examples.
 *
 * <p>Whether a text is held out follows from what a model reads of it and the job's seed alone, not
 * from its place or from other texts: a site may get new texts between rounds, and none that was
 * trained on may then judge. Texts that read alike are all on one side.
 */
public final class LabelledExamples implements SplitExamples {
  private static final long SPLIT_STREAM = CounterRandom.streamOf("held-out texts");
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  private final LabelledTexts texts;
  private final TokenMarks marks;
  private final int contextLength;
  private final int[] training;
  private final int[] heldOut;

  /**
   * Splits the texts. Where chance leaves one side empty, as it may among few texts, the text of
   * the lowest draw is held out, or that of the highest is trained on.
   *
   * @param texts at least 2
   * @param contextLength T of the model
   * @param heldOutShare part to judge on, in [0, 0.5]: the chance of each text
   * @param seed of the job
   */
  public LabelledExamples(
      LabelledTexts texts, TokenMarks marks, int contextLength, double heldOutShare, long seed) {
    if (texts.count() < 2) {
      throw new IllegalArgumentException(
          "there are " + texts.count() + " labelled texts: at least 2 are needed");
    }
    if (contextLength < marks.around() + 1) {
      throw new IllegalArgumentException(
          "model.context-length is "
              + contextLength
              + " but the tokenizer puts "
              + marks.around()
              + " tokens around a text: raise it");
    }
    this.texts = texts;
    this.marks = marks;
    this.contextLength = contextLength;
    double[] draws = new double[texts.count()];
    boolean[] judges = new boolean[texts.count()];
    int lowest = 0;
    int highest = 0;
    int judging = 0;
    for (int i = 0; i < draws.length; i++) {
      draws[i] = draw(texts.get(i), seed);
      judges[i] = draws[i] < heldOutShare;
      judging += judges[i] ? 1 : 0;
      lowest = draws[i] < draws[lowest] ? i : lowest;
      highest = draws[i] >= draws[highest] ? i : highest; // another one, if all are equal
    }
    if (judging == 0) {
      judges[lowest] = true;
    } else if (judging == judges.length) {
      judges[highest] = false;
    }
    this.heldOut = IntStream.range(0, judges.length).filter(i -> judges[i]).toArray();
    this.training = IntStream.range(0, judges.length).filter(i -> !judges[i]).toArray();
  }

  /** Uniform in [0, 1), by the tokens that a model reads of the text. */
  private double draw(LabelledTexts.Labelled text, long seed) {
    long hash = FNV_OFFSET;
    for (int i = text.start(); i < text.start() + kept(text); i++) {
      hash = (hash ^ texts.text().token(i)) * FNV_PRIME;
    }
    return new CounterRandom(CounterRandom.deriveSeed(seed, hash), SPLIT_STREAM).nextDouble();
  }

  private int kept(LabelledTexts.Labelled text) {
    return Math.min(text.end() - text.start(), contextLength - marks.around());
  }

  @Override
  public int contextLength() {
    return contextLength;
  }

  @Override
  public int trainingCount() {
    return training.length;
  }

  @Override
  public Examples training(long seed, int epoch) {
    return new Chosen(training);
  }

  @Override
  public Examples heldOut() {
    return new Chosen(heldOut);
  }

  @Override
  public long heldOutTargets() {
    return heldOut.length;
  }

  @Override
  public int heldOutWithin(int start, int end) {
    int tokens = 0;
    for (int i = firstHeldOutFrom(start); i < heldOut.length; i++) {
      LabelledTexts.Labelled text = texts.get(heldOut[i]);
      if (text.start() >= end) {
        break;
      }
      tokens += Math.min(end, text.end()) - Math.max(start, text.start());
    }
    return tokens;
  }

  /** The first of the held-out texts that ends after a place: texts stand in order. */
  private int firstHeldOutFrom(int place) {
    int low = 0;
    int high = heldOut.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (texts.get(heldOut[middle]).end() > place) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private final class Chosen implements Examples {
    private final int[] chosen;

    private Chosen(int[] chosen) {
      this.chosen = chosen;
    }

    @Override
    public int count() {
      return chosen.length;
    }

    @Override
    public void fill(int index, TokenBatch batch, int sequence) {
      LabelledTexts.Labelled text = texts.get(chosen[index]);
      int kept = kept(text);
      int at = 0;
      for (int token : marks.prefix()) {
        batch.setInput(sequence, at++, token);
      }
      for (int i = 0; i < kept; i++) {
        batch.setInput(sequence, at++, texts.text().token(text.start() + i));
      }
      for (int token : marks.suffix()) {
        batch.setInput(sequence, at++, token);
      }
      batch.setLabel(sequence, text.label());
    }
  }
}
