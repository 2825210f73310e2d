package io.tributary.coordinator.fold;

import io.tributary.common.job.AggregationRules;

/** Which aggregator a job's rules mean. */
public final class Aggregators {
  private Aggregators() {}

  /** The aggregator of {@code aggregation:} in a job. */
  public static Aggregator of(AggregationRules rules) {
    return switch (rules.rule()) {
      case WEIGHTED_MEAN -> new WeightedMean();
      case UNWEIGHTED_MEAN -> new UnweightedMean();
      case MEDIAN -> new CoordinateMedian();
      case TRIMMED_MEAN -> new TrimmedMean(rules.trimShare());
      case GEOMETRIC_MEDIAN -> new GeometricMedian(rules.maxIterations());
      case KRUM, MULTI_KRUM -> new Krum(rules);
      case NORM_CLIPPED_MEAN -> new NormClippedMean(rules.clippingNorm());
    };
  }
}
