package io.tributary.transformer.examples;

import io.tributary.transformer.TokenBatch;
import java.util.List;

/**
 * The examples of several sites as if they were one's: what a federation avoids, and is compared
 * with. Each keeps its own held-out part.
 */
public final class UnitedExamples implements ExampleSource {
  private final List<ExampleSource> sources;

  /** Unites at least one. */
  public UnitedExamples(List<? extends ExampleSource> sources) {
    this.sources = List.copyOf(sources);
    if (this.sources.stream().mapToInt(ExampleSource::contextLength).distinct().count() != 1) {
      throw new IllegalArgumentException(
          "there must be one source or more, all for the same context length");
    }
  }

  @Override
  public int contextLength() {
    return sources.get(0).contextLength();
  }

  @Override
  public int trainingCount() {
    return Math.toIntExact(sources.stream().mapToLong(ExampleSource::trainingCount).sum());
  }

  @Override
  public Examples training(long seed, int epoch) {
    return new Row(sources.stream().map(source -> source.training(seed, epoch)).toList());
  }

  @Override
  public Examples heldOut() {
    return new Row(sources.stream().map(ExampleSource::heldOut).toList());
  }

  @Override
  public long heldOutTargets() {
    return sources.stream().mapToLong(ExampleSource::heldOutTargets).sum();
  }

  /** One after the other. */
  private record Row(List<Examples> parts) implements Examples {
    @Override
    public int count() {
      return Math.toIntExact(parts.stream().mapToLong(Examples::count).sum());
    }

    @Override
    public void fill(int index, TokenBatch batch, int sequence) {
      int at = index;
      for (Examples part : parts) {
        if (at < part.count()) {
          part.fill(at, batch, sequence);
          return;
        }
        at -= part.count();
      }
      throw new IllegalArgumentException("example " + index + " is not one of " + count());
    }
  }
}
