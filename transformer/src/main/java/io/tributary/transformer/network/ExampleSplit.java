package io.tributary.transformer.network;

import io.tributary.common.random.CounterRandom;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which examples are trained on and which judge: by each one's content and the job's seed alone, so
 * that the split is the same in every round, after every restart and in any order of the data, an
 * example stays on its side when others join it, and no copy of it stands on the other.
 *
 * @param training indices, ascending
 * @param heldOut indices, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record ExampleSplit(int[] training, int[] heldOut) {
  private static final long STREAM = CounterRandom.streamOf("held-out examples");

  /**
   * Splits.
   *
   * @param heldOutShare part to judge on, in expectation
   * @param seed of the job
   * @throws IllegalArgumentException if one side is empty
   */
  public static ExampleSplit of(NetworkExamples examples, double heldOutShare, long seed) {
    boolean[] judges = new boolean[examples.count()];
    for (int i = 0; i < judges.length; i++) {
      long stream = CounterRandom.deriveSeed(STREAM, examples.contentHash(i));
      judges[i] = new CounterRandom(seed, stream).nextDouble() < heldOutShare;
    }
    int[] all = IntStream.range(0, judges.length).toArray();
    int[] heldOut = Arrays.stream(all).filter(i -> judges[i]).toArray();
    int[] training = Arrays.stream(all).filter(i -> !judges[i]).toArray();
    if (training.length == 0 || heldOut.length == 0) {
      throw new IllegalArgumentException(
          "of "
              + judges.length
              + " examples "
              + training.length
              + " are to train on and "
              + heldOut.length
              + " to judge by: more examples are needed, or another data.held-out-share");
    }
    return new ExampleSplit(training, heldOut);
  }
}
