package io.tributary.coordinator.fold;

import io.tributary.common.job.AggregationRules;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Krum and multi-Krum (Blanchard et al., "Machine learning with adversaries: Byzantine tolerant
 * gradient descent", NeurIPS 2017): the score of an update is the sum of its squared distances to
 * the {@code n − f − 2} updates nearest to it; Krum gives the update of the lowest score,
 * multi-Krum the unweighted mean of the {@code m} lowest. Of equal scores the lower digest wins.
 *
 * <p>Needs {@code n ≥ 2f + 3} updates, of which f may be arbitrary.
 */
public final class Krum implements Aggregator {
  private final AggregationRules rules;

  /** Makes the rule; of kind krum or multi-krum. */
  public Krum(AggregationRules rules) {
    if (rules.byzantine() == null) {
      throw new IllegalArgumentException("the rule " + rules.rule() + " is not a kind of Krum");
    }
    this.rules = rules;
  }

  @Override
  public int tileValues(int updates) {
    int f = rules.byzantine();
    long needed = 2L * f + 3;
    if (updates < needed) {
      throw new AggregationRefusedException(
          "the rule "
              + rules.rule()
              + " with aggregation.byzantine "
              + f
              + " needs at least 2 · "
              + f
              + " + 3 = "
              + needed
              + " updates, but "
              + updates
              + " came: raise round.quorum or lower aggregation.byzantine");
    }
    if (rules.keep() != null && rules.keep() > updates) {
      throw new AggregationRefusedException(
          "aggregation.keep is "
              + rules.keep()
              + " but only "
              + updates
              + " updates came: raise round.quorum or lower aggregation.keep");
    }
    AllUpdates.requireComparable(rules.rule().toString(), updates);
    return TILE_VALUES; // only the pass before the first tile holds all updates
  }

  @Override
  public TileFold init(Spec spec) throws IOException {
    int count = spec.updates().count();
    PairwiseDistances distances =
        PairwiseDistances.of(spec.updates(), AllUpdates.tileValues(count));
    int[] kept = kept(distances);
    double[] coefficients = new double[count];
    for (int update : kept) {
      coefficients[update] = 1;
    }
    return new CoefficientSum(coefficients, kept.length, spec.tileValues());
  }

  /** The updates whose mean is the aggregate. */
  int[] kept(PairwiseDistances distances) {
    int count = distances.count();
    double[] scores = new double[count];
    double[] row = new double[count - 1];
    for (int i = 0; i < count; i++) {
      int at = 0;
      for (int j = 0; j < count; j++) {
        if (j != i) {
          row[at++] = distances.squared(i, j);
        }
      }
      Arrays.sort(row);
      double score = 0;
      for (int nearest = 0; nearest < count - rules.byzantine() - 2; nearest++) {
        score += row[nearest];
      }
      scores[i] = score;
    }
    int keep =
        rules.rule() == AggregationRules.Rule.KRUM
            ? 1
            : rules.keep() == null ? count - rules.byzantine() : rules.keep();
    return IntStream.range(0, count)
        .boxed()
        .sorted( // stable: equal scores stay in canonical order
            Comparator.comparingDouble(i -> scores[i]))
        .limit(keep)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
