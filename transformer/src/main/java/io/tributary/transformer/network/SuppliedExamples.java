package io.tributary.transformer.network;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Whatever a user's own iterator gives, taken apart into single examples. */
final class SuppliedExamples implements NetworkExamples {
  private static final int MAX_EXAMPLES = 10_000_000;

  private final Supplier<? extends Iterator<MultiDataSet>> source;
  private List<MultiDataSet> read; // guarded by this

  SuppliedExamples(Supplier<? extends Iterator<MultiDataSet>> source) {
    this.source = source;
  }

  private synchronized List<MultiDataSet> examples() {
    if (read == null) {
      List<MultiDataSet> examples = new ArrayList<>();
      Iterator<MultiDataSet> sets = source.get();
      while (sets.hasNext()) {
        examples.addAll(sets.next().asList());
        if (examples.size() > MAX_EXAMPLES) {
          throw new IllegalArgumentException(
              "the data has more than " + MAX_EXAMPLES + " examples: give fewer");
        }
      }
      read = List.copyOf(examples);
    }
    return read;
  }

  @Override
  public int count() {
    return examples().size();
  }

  @Override
  public long contentHash(int example) {
    MultiDataSet data = examples().get(example);
    long hash = hash(0, data.getFeatures());
    hash = hash(hash, data.getFeaturesMaskArrays());
    hash = hash(hash, data.getLabels());
    return hash(hash, data.getLabelsMaskArrays());
  }

  private static long hash(long seed, INDArray[] arrays) {
    long hash = CounterRandom.deriveSeed(seed, arrays == null ? 0 : arrays.length);
    if (arrays != null) {
      for (INDArray array : arrays) {
        hash =
            array == null
                ? CounterRandom.deriveSeed(hash, 0)
                : NumericExamples.hash(hash, HostArrays.values(array));
      }
    }
    return hash;
  }

  @Override
  public MultiDataSet batch(int[] examples) {
    List<MultiDataSet> chosen = new ArrayList<>(examples.length);
    for (int example : examples) {
      chosen.add(examples().get(example));
    }
    return org.nd4j.linalg.dataset.MultiDataSet.merge(chosen);
  }
}
