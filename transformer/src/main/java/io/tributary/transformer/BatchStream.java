package io.tributary.transformer;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.Examples;

/**
 * The endless sequence of training batches of a site's data: epoch after epoch, each a new
 * permutation of its examples, which for running text are new windows too. It depends on (data,
 * seed) alone, never on who runs it or how often it was tried before.
 */
final class BatchStream {
  private static final long ORDER_STREAM = CounterRandom.streamOf("window order");

  private final ExampleSource source;
  private final long seed;
  private int epoch = -1;
  private Examples examples;
  private int[] order = new int[0];
  private int next;

  BatchStream(ExampleSource source, long seed) {
    if (source.trainingCount() == 0) {
      throw new IllegalArgumentException("data has no training example: give a longer text");
    }
    this.source = source;
    this.seed = seed;
  }

  /**
   * Fills a batch with the next examples.
   *
   * @param count examples wanted, at most the batch's; the other sequences are emptied
   */
  void fill(TokenBatch batch, long count) {
    batch.clear();
    for (int sequence = 0; sequence < Math.min(count, batch.sequences()); sequence++) {
      if (next == order.length) {
        beginEpoch();
      }
      examples.fill(order[next++], batch, sequence);
    }
  }

  private void beginEpoch() {
    epoch++;
    examples = source.training(seed, epoch);
    order =
        new CounterRandom(CounterRandom.deriveSeed(seed, epoch), ORDER_STREAM)
            .permutation(examples.count());
    next = 0;
  }
}
