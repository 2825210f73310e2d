package io.tributary.transformer.network;

import io.tributary.common.random.CounterRandom;
import java.util.Arrays;

/**
 * The batches of one task: epoch after epoch, each a new order of the training examples, from the
 * task's seed alone. A batch never holds examples of two epochs.
 */
final class NetworkBatches {
  private static final long STREAM = CounterRandom.streamOf("example order");

  private final int[] training;
  private final int batchSize;
  private final long seed;
  private int[] order;
  private int epoch;
  private int next;

  NetworkBatches(int[] training, int batchSize, long seed) {
    this.training = training;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /** Steps of so many epochs. */
  static long stepsOf(int examples, int batchSize, int epochs) {
    return (long) epochs * ((examples + batchSize - 1) / batchSize);
  }

  /** The next batch: {@code batchSize} examples, or what is left of an epoch. */
  int[] next() {
    if (order == null || next == order.length) {
      order =
          new CounterRandom(CounterRandom.deriveSeed(seed, epoch++), STREAM)
              .permutation(training.length);
      next = 0;
    }
    int end = Math.min(order.length, next + batchSize);
    int[] batch = Arrays.stream(order, next, end).map(position -> training[position]).toArray();
    next = end;
    return batch;
  }
}
