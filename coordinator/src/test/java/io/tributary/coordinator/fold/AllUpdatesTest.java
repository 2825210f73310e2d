package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AllUpdatesTest {
  @Test
  void tilesGetShorterSoThatAllOfThemTogetherStayWithinTheBound() {
    for (int updates : new int[] {1, 2, 63, 64, 65, 100, 2048}) {
      int tileValues = AllUpdates.tileValues(updates);
      assertThat((long) tileValues * updates).isLessThanOrEqualTo(AllUpdates.HELD_VALUES);
      // A pass of whole blocks still fits.
      assertThat((long) Blocks.passValues(tileValues) * updates)
          .isLessThanOrEqualTo(AllUpdates.HELD_VALUES);
    }
    assertThat(AllUpdates.tileValues(2)).isEqualTo(Aggregator.TILE_VALUES);
  }

  @Test
  void refusesMoreUpdatesThanCanBeCompared() {
    AllUpdates.requireComparable("median", 2048);
    assertThatThrownBy(() -> AllUpdates.requireComparable("median", 2049))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("the rule median")
        .hasMessageContaining("at most 2048, but 2049 came");
  }
}
