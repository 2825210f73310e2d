package io.tributary.coordinator.fold;

import io.tributary.common.job.AggregationRules;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Every rule as its paper writes it, over whole {@code double[]} updates and without a thought of
 * memory, order or speed: the oracle of the tiled ones.
 */
final class NaiveRules {
  private NaiveRules() {}

  /** The aggregate of {@code x[update][value]}. */
  static double[] aggregate(AggregationRules rules, double[][] x, long[] weights) {
    return switch (rules.rule()) {
      case WEIGHTED_MEAN -> mean(x, Arrays.stream(weights).asDoubleStream().toArray());
      case UNWEIGHTED_MEAN -> mean(x, ones(x.length));
      case MEDIAN -> eachColumn(x, NaiveRules::median);
      case TRIMMED_MEAN -> eachColumn(x, column -> trimmed(column, rules.trimShare()));
      case GEOMETRIC_MEDIAN -> weiszfeld(x, weights, rules.maxIterations());
      case KRUM -> x[ranked(x, rules.byzantine())[0]];
      case MULTI_KRUM -> {
        int[] best = ranked(x, rules.byzantine());
        int keep = rules.keep() == null ? x.length - rules.byzantine() : rules.keep();
        double[][] kept =
            IntStream.range(0, keep).mapToObj(i -> x[best[i]]).toArray(double[][]::new);
        yield mean(kept, ones(keep));
      }
      case NORM_CLIPPED_MEAN -> {
        double[][] clipped = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
          double factor = Math.min(1, rules.clippingNorm() / Math.sqrt(squared(x[i])));
          clipped[i] = Arrays.stream(x[i]).map(value -> value * factor).toArray();
        }
        yield mean(clipped, Arrays.stream(weights).asDoubleStream().toArray());
      }
    };
  }

  private interface OfColumn {
    double apply(double[] column);
  }

  private static double[] eachColumn(double[][] x, OfColumn rule) {
    return IntStream.range(0, x[0].length)
        .mapToDouble(v -> rule.apply(Arrays.stream(x).mapToDouble(row -> row[v]).toArray()))
        .toArray();
  }

  private static double median(double[] column) {
    Arrays.sort(column);
    int n = column.length;
    return n % 2 == 1 ? column[n / 2] : (column[n / 2 - 1] + column[n / 2]) / 2;
  }

  private static double trimmed(double[] column, double share) {
    Arrays.sort(column);
    int cut = (int) Math.floor(share * column.length);
    return Arrays.stream(column, cut, column.length - cut).average().orElseThrow();
  }

  private static double[] weiszfeld(double[][] x, long[] weights, int steps) {
    double[] v = mean(x, Arrays.stream(weights).asDoubleStream().toArray());
    for (int step = 0; step < steps; step++) {
      double[] beta = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        beta[i] = weights[i] / Math.max(1e-6, Math.sqrt(squared(minus(x[i], v))));
      }
      v = mean(x, beta);
    }
    return v;
  }

  private static int[] ranked(double[][] x, int f) {
    double[] scores = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double[] away = new double[x.length];
      for (int j = 0; j < x.length; j++) {
        away[j] = squared(minus(x[i], x[j]));
      }
      Arrays.sort(away); // the first is its own, 0
      scores[i] = Arrays.stream(away, 1, x.length - f - 1).sum();
    }
    return IntStream.range(0, x.length)
        .boxed()
        .sorted((a, b) -> Double.compare(scores[a], scores[b]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static double[] mean(double[][] x, double[] weights) {
    double[] mean = new double[x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int v = 0; v < mean.length; v++) {
        mean[v] += weights[i] * x[i][v];
      }
    }
    double total = Arrays.stream(weights).sum();
    return Arrays.stream(mean).map(sum -> sum / total).toArray();
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double[] minus(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(v -> a[v] - b[v]).toArray();
  }

  private static double squared(double[] a) {
    return Arrays.stream(a).map(value -> value * value).sum();
  }
}
