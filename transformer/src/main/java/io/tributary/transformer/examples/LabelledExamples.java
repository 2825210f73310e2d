package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;
import java.util.Arrays;

/**
 * Classification: each text is an example, cut off at T tokens with the tokenizer's prefix and
 * suffix around it; positions behind it are absent. What is held out are whole examples.
 */
public final class LabelledExamples implements ExampleSource {
  private static final long SPLIT_STREAM = CounterRandom.streamOf("held-out texts");

  private final LabelledTexts texts;
  private final TokenMarks marks;
  private final int contextLength;
  private final int[] training;
  private final int[] heldOut;

  /**
   * Splits the texts.
   *
   * @param texts at least 2
   * @param contextLength T of the model
   * @param heldOutShare part to judge on, in [0, 0.5]; one text at least is on either side
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
    int[] order = new CounterRandom(seed, SPLIT_STREAM).permutation(texts.count());
    long wanted = Math.round(heldOutShare * order.length);
    int count = (int) Math.max(1, Math.min(order.length - 1, wanted));
    this.heldOut = Arrays.copyOf(order, count);
    this.training = Arrays.copyOfRange(order, count, order.length);
    Arrays.sort(heldOut);
    Arrays.sort(training);
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
      int kept = Math.min(text.end() - text.start(), contextLength - marks.around());
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
