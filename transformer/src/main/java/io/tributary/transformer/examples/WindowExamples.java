package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TokenBatch;
import java.util.List;

/** What the tasks on running text have in common: windows of a {@link TextCorpus}. */
abstract class WindowExamples implements SplitExamples {
  private static final long HELD_OUT_STREAM = CounterRandom.streamOf("held-out examples");
  private static final long EXAMPLE_STREAM = CounterRandom.streamOf("example");

  private final int contextLength;
  private final TextTokens text;
  private final TextCorpus corpus;
  private final long splitSeed;

  WindowExamples(
      TextTokens text, int contextLength, int stride, int lookahead, double share, long seed) {
    this.contextLength = contextLength;
    this.text = text;
    this.corpus = TextCorpus.split(text.length(), stride, lookahead, share, seed);
    this.splitSeed = CounterRandom.deriveSeed(seed, HELD_OUT_STREAM);
  }

  /** Makes an example of a window, all that is random in it drawn from {@code random}. */
  abstract void fill(TextWindow window, CounterRandom random, TokenBatch batch, int sequence);

  /** Answers asked for in a window's example. */
  abstract int targets(TextWindow window);

  final TextTokens text() {
    return text;
  }

  final TextCorpus corpus() {
    return corpus;
  }

  @Override
  public final int contextLength() {
    return contextLength;
  }

  @Override
  public final int trainingCount() {
    return corpus.trainingWindowCount();
  }

  @Override
  public final Examples training(long seed, int epoch) {
    return new Windows(corpus.trainingWindows(seed, epoch), CounterRandom.deriveSeed(seed, epoch));
  }

  @Override
  public final Examples heldOut() {
    return new Windows(corpus.heldOutWindows(), splitSeed);
  }

  @Override
  public final long heldOutTargets() {
    return corpus.heldOutWindows().stream().mapToLong(this::targets).sum();
  }

  @Override
  public final int heldOutWithin(int start, int end) {
    return corpus.heldOutWithin(start, end);
  }

  private final class Windows implements Examples {
    private final List<TextWindow> windows;
    private final long seed;

    private Windows(List<TextWindow> windows, long seed) {
      this.windows = windows;
      this.seed = seed;
    }

    @Override
    public int count() {
      return windows.size();
    }

    @Override
    public void fill(int index, TokenBatch batch, int sequence) {
      CounterRandom random =
          new CounterRandom(CounterRandom.deriveSeed(seed, index), EXAMPLE_STREAM);
      WindowExamples.this.fill(windows.get(index), random, batch, sequence);
    }
  }
}
