package io.tributary.transformer.network;

import java.util.Iterator;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * A site's examples for a network that is not of this project's family: a fixed number of them,
 * each of which can be told from the others by its content. Implementations are immutable.
 */
public interface NetworkExamples {
  /** How many there are. */
  int count();

  /** A hash of everything in an example, so that equal examples fall on one side of a split. */
  long contentHash(int example);

  /** Some of them as one batch, in the given order. */
  MultiDataSet batch(int[] examples);

  /**
   * All that a {@code DataSetIterator} gives, one example after the other. Read once, at the first
   * use; held in memory.
   */
  static NetworkExamples ofDataSets(Supplier<? extends Iterator<DataSet>> data) {
    return new SuppliedExamples(
        () -> {
          Iterator<DataSet> sets = data.get();
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return sets.hasNext();
            }

            @Override
            public MultiDataSet next() {
              return sets.next().toMultiDataSet();
            }
          };
        });
  }

  /** All that a {@code MultiDataSetIterator} gives, in the same way. */
  static NetworkExamples ofMultiDataSets(Supplier<? extends Iterator<MultiDataSet>> data) {
    return new SuppliedExamples(data);
  }
}
