package io.tributary.transformer;

import io.tributary.common.random.CounterRandom;
import java.util.List;

/**
 * The endless sequence of training batches of a corpus: epoch after epoch, each a new permutation
 * of the windows at new offsets. It depends on (corpus, seed) alone, never on who runs it or how
 * often it was tried before.
 */
final class BatchStream {
  private static final long ORDER_STREAM = CounterRandom.streamOf("window order");

  private final TextCorpus corpus;
  private final long seed;
  private int epoch = -1;
  private List<TextWindow> windows = List.of();
  private int[] order = new int[0];
  private int next;

  BatchStream(TextCorpus corpus, long seed) {
    if (corpus.trainingWindowCount() == 0) {
      throw new IllegalArgumentException("text has no training window: give a longer text");
    }
    this.corpus = corpus;
    this.seed = seed;
  }

  /** The next window. */
  TextWindow next() {
    if (next == order.length) {
      epoch++;
      windows = corpus.trainingWindows(seed, epoch);
      order =
          new CounterRandom(CounterRandom.deriveSeed(seed, epoch), ORDER_STREAM)
              .permutation(windows.size());
      next = 0;
    }
    return windows.get(order[next++]);
  }

  /**
   * Fills a batch with the next windows.
   *
   * @param count windows wanted, at most the batch's; the other sequences are emptied
   */
  void fill(TokenBatch batch, long count) {
    batch.clear();
    for (int sequence = 0; sequence < Math.min(count, batch.sequences()); sequence++) {
      TextWindow window = next();
      batch.setWindow(sequence, corpus.text(), window.start(), window.count());
    }
  }
}
