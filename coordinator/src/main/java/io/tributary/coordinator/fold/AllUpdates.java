package io.tributary.coordinator.fold;

import io.tributary.common.job.AggregationRules;

/**
 * The bound of the rules that hold a tile of every update at once: tile × updates stays the same,
 * so more updates make tiles shorter and never memory larger.
 */
final class AllUpdates {
  /** Values of all updates together that are held at once: 16 MiB of floats. */
  static final int HELD_VALUES = 4 * 1024 * 1024;

  private AllUpdates() {}

  /** Most values of one tile. */
  static int tileValues(int updates) {
    return Math.min(Aggregator.TILE_VALUES, HELD_VALUES / updates);
  }

  /**
   * Checks the number of updates.
   *
   * @throws AggregationRefusedException when there are more than such a rule takes
   */
  static void requireComparable(String rule, int updates) {
    if (updates > AggregationRules.MAX_COMPARED_UPDATES) {
      throw new AggregationRefusedException(
          "the rule "
              + rule
              + " compares all updates with each other and takes at most "
              + AggregationRules.MAX_COMPARED_UPDATES
              + ", but "
              + updates
              + " came: lower round.cohort, or use a mean");
    }
  }
}
