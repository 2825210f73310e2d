package io.tributary.transformer;

import java.util.Arrays;

/**
 * Tokens of B sequences of T positions and the token that follows each of them. One instance is
 * refilled for every step.
 *
 * <p>Shorter sequences are filled up at their end: with any input, since attention is causal, and
 * with {@link #NO_TARGET}, which counts in neither loss nor gradient.
 */
public final class TokenBatch {
  /** A position whose next token is not asked for. */
  public static final int NO_TARGET = -1;

  private final int sequences;
  private final int length;
  private final int[] inputs;
  private final int[] targets;

  /**
   * Creates a batch without targets.
   *
   * @param sequences B, at least 1
   * @param length T, at least 1
   */
  public TokenBatch(int sequences, int length) {
    if (sequences < 1 || length < 1) {
      throw new IllegalArgumentException(
          "batch has shape (" + sequences + ", " + length + "): both must be at least 1");
    }
    this.sequences = sequences;
    this.length = length;
    this.inputs = new int[sequences * length];
    this.targets = new int[sequences * length];
    clear();
  }

  /** Empties all sequences. */
  public void clear() {
    Arrays.fill(inputs, 0);
    Arrays.fill(targets, NO_TARGET);
  }

  /**
   * Sets one sequence from bytes: each byte but the last is an input, each but the first a target.
   *
   * @param sequence index below B
   * @param bytes where the window is read from
   * @param start its first byte
   * @param count number of bytes, at most T + 1
   */
  public void setWindow(int sequence, byte[] bytes, int start, int count) {
    if (count > length + 1) {
      throw new IllegalArgumentException(
          "window has " + count + " bytes but the context takes " + (length + 1));
    }
    int row = sequence * length;
    Arrays.fill(inputs, row, row + length, 0);
    Arrays.fill(targets, row, row + length, NO_TARGET);
    for (int i = 0; i + 1 < count; i++) {
      inputs[row + i] = bytes[start + i] & 0xFF;
      targets[row + i] = bytes[start + i + 1] & 0xFF;
    }
  }

  /** Sets one input token. */
  public void setInput(int sequence, int position, int token) {
    inputs[sequence * length + position] = token;
  }

  /** Sets one target token, or {@link #NO_TARGET}. */
  public void setTarget(int sequence, int position, int token) {
    targets[sequence * length + position] = token;
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

  /** Target token of a row, or {@link #NO_TARGET}. */
  public int target(int row) {
    return targets[row];
  }

  /** Number of rows that have a target. */
  public int targetCount() {
    int count = 0;
    for (int target : targets) {
      if (target != NO_TARGET) {
        count++;
      }
    }
    return count;
  }

  /** Fails unless the batch has the given shape. */
  public void requireShape(int expectedSequences, int expectedLength) {
    if (sequences != expectedSequences || length != expectedLength) {
      throw new IllegalArgumentException(
          "batch has shape ("
              + sequences
              + ", "
              + length
              + ") but the engine was opened for ("
              + expectedSequences
              + ", "
              + expectedLength
              + ")");
    }
  }
}
