package io.tributary.transformer;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import java.util.Arrays;

/**
 * One step's examples, for any head and stack: B sequences of T tokens, what is to be answered, and
 * for an encoder–decoder a source of T tokens beside each. One instance is refilled for every step.
 *
 * <p>Positions that hold no token are absent: an encoder does not look at them, and pooling leaves
 * them out. A causal model needs no such mask, because what is absent stands at the end.
 *
 * <p>Target slots, by head: a language model has one for each row (sequence · T + position); one
 * that predicts k tokens has k times as many, all rows' next tokens first, then all rows' tokens
 * after the next, and so on; a classifier has one for each sequence.
 */
public final class TokenBatch {
  /** A slot that is not asked for: it counts in neither loss nor gradient. */
  public static final int NO_TARGET = -1;

  private final int sequences;
  private final int length;
  private final int[] inputs;
  private final boolean[] present;
  private final int[] sources;
  private final boolean[] sourcePresent;
  private final int[] targets;

  /**
   * Creates a batch for a model that predicts one next token at each position.
   *
   * @param sequences B, at least 1
   * @param length T, at least 1
   */
  public TokenBatch(int sequences, int length) {
    this(sequences, length, 0, sequences * length);
  }

  private TokenBatch(int sequences, int length, int sourceLength, int targetSlots) {
    if (sequences < 1 || length < 1) {
      throw new IllegalArgumentException(
          "batch has shape (" + sequences + ", " + length + "): both must be at least 1");
    }
    this.sequences = sequences;
    this.length = length;
    this.inputs = new int[sequences * length];
    this.present = new boolean[sequences * length];
    this.sources = new int[sequences * sourceLength];
    this.sourcePresent = new boolean[sequences * sourceLength];
    this.targets = new int[targetSlots];
    clear();
  }

  /** Creates an empty batch of the shape that a model takes. */
  public static TokenBatch of(TextModelConfig config, int sequences) {
    int length = config.contextLength();
    int source = config.stack() == Stack.ENCODER_DECODER ? length : 0;
    return new TokenBatch(sequences, length, source, targetSlots(config, sequences));
  }

  /** Number of answers that a model gives to B sequences. */
  public static int targetSlots(TextModelConfig config, int sequences) {
    if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      return sequences;
    }
    int rows = Math.multiplyExact(sequences, config.contextLength());
    return config instanceof TransformerConfig transformer
        ? Math.multiplyExact(rows, Math.max(1, transformer.predictedTokens()))
        : rows;
  }

  /** Empties all sequences. */
  public void clear() {
    Arrays.fill(inputs, 0);
    Arrays.fill(present, false);
    Arrays.fill(sources, 0);
    Arrays.fill(sourcePresent, false);
    Arrays.fill(targets, NO_TARGET);
  }

  /**
   * Sets one sequence of a causal language model from bytes: each byte but the last is an input,
   * each but the first a target.
   *
   * @param sequence index below B
   * @param bytes where the window is read from
   * @param start its first byte
   * @param count number of bytes, at most T + 1
   */
  public void setWindow(int sequence, byte[] bytes, int start, int count) {
    clear(sequence, count);
    for (int i = 0; i + 1 < count; i++) {
      setInput(sequence, i, bytes[start + i] & 0xFF);
      for (int slot = sequence * length + i, at = i + 1;
          slot < targets.length && at < count;
          at++) {
        targets[slot] = bytes[start + at] & 0xFF;
        slot += inputs.length;
      }
    }
  }

  /**
   * Sets one sequence of a causal language model from tokens, as {@link #setWindow(int, byte[],
   * int, int)}.
   */
  public void setWindow(int sequence, int[] tokens, int start, int count) {
    clear(sequence, count);
    for (int i = 0; i + 1 < count; i++) {
      setInput(sequence, i, tokens[start + i]);
      for (int slot = sequence * length + i, at = i + 1;
          slot < targets.length && at < count;
          at++) {
        targets[slot] = tokens[start + at];
        slot += inputs.length;
      }
    }
  }

  private void clear(int sequence, int count) {
    if (count > length + 1) {
      throw new IllegalArgumentException(
          "window has " + count + " tokens but the context takes " + (length + 1));
    }
    int row = sequence * length;
    Arrays.fill(inputs, row, row + length, 0);
    Arrays.fill(present, row, row + length, false);
    for (int slot = row; slot < targets.length; slot += inputs.length) {
      Arrays.fill(targets, slot, slot + length, NO_TARGET);
    }
  }

  /** Sets one input token, which is present from then on. */
  public void setInput(int sequence, int position, int token) {
    inputs[sequence * length + position] = token;
    present[sequence * length + position] = true;
  }

  /** Sets one source token of an encoder–decoder, which is present from then on. */
  public void setSource(int sequence, int position, int token) {
    sources[sequence * length + position] = token;
    sourcePresent[sequence * length + position] = true;
  }

  /** Sets the token that is to be predicted at a position, or {@link #NO_TARGET}. */
  public void setTarget(int sequence, int position, int token) {
    targets[sequence * length + position] = token;
  }

  /** Sets a classifier's answer, or {@link #NO_TARGET}. */
  public void setLabel(int sequence, int label) {
    targets[sequence] = label;
  }

  /** B. */
  public int sequences() {
    return sequences;
  }

  /** T. */
  public int length() {
    return length;
  }

  /** B · T. */
  public int rows() {
    return inputs.length;
  }

  /** Input token of a row (sequence · T + position). */
  public int input(int row) {
    return inputs[row];
  }

  /** Whether a row holds a token. */
  public boolean present(int row) {
    return present[row];
  }

  /** Whether there are sources. */
  public boolean hasSource() {
    return sources.length > 0;
  }

  /** Source token of a row. */
  public int source(int row) {
    return sources[row];
  }

  /** Whether a source row holds a token. */
  public boolean sourcePresent(int row) {
    return sourcePresent[row];
  }

  /** Target of a slot, or {@link #NO_TARGET}. */
  public int target(int slot) {
    return targets[slot];
  }

  /** Number of target slots. */
  public int slots() {
    return targets.length;
  }

  /** Number of slots that have a target. */
  public int targetCount() {
    int count = 0;
    for (int target : targets) {
      if (target != NO_TARGET) {
        count++;
      }
    }
    return count;
  }

  /** Fails unless the batch has the shape that a model opened for B sequences takes. */
  public void requireShape(TextModelConfig config, int expectedSequences) {
    boolean source = config.stack() == Stack.ENCODER_DECODER;
    int slots = targetSlots(config, expectedSequences);
    if (sequences != expectedSequences
        || length != config.contextLength()
        || hasSource() != source
        || targets.length != slots) {
      throw new IllegalArgumentException(
          "batch has shape ("
              + sequences
              + ", "
              + length
              + ") with "
              + targets.length
              + " targets"
              + (hasSource() ? " and sources" : "")
              + " but the engine was opened for ("
              + expectedSequences
              + ", "
              + config.contextLength()
              + ") with "
              + slots
              + (source ? " and sources" : ""));
    }
  }
}
