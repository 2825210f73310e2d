package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import org.junit.jupiter.api.Test;

class AggregatorsTest {
  @Test
  void takesTheParametersOfTheJob() {
    Aggregator trimmed =
        Aggregators.of(new AggregationRules(Rule.TRIMMED_MEAN, 0.25, null, null, null, null));
    assertThat(MemoryUpdates.aggregate(trimmed, MemoryUpdates.single(-100, 1, 2, 100)))
        .isEqualTo(1.5);
    Aggregator clipped =
        Aggregators.of(new AggregationRules(Rule.NORM_CLIPPED_MEAN, null, null, null, 0.5, null));
    assertThat(MemoryUpdates.aggregate(clipped, MemoryUpdates.single(8))).isEqualTo(0.5);
    assertThat(Aggregators.of(AggregationRules.DEFAULT)).isInstanceOf(WeightedMean.class);
    assertThat(Aggregators.of(new AggregationRules(Rule.MEDIAN, null, null, null, null, null)))
        .isInstanceOf(CoordinateMedian.class);
  }
}
