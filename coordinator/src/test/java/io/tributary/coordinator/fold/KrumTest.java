package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

class KrumTest {
  // With n = 5 and f = 1 the n − f − 2 = 2 nearest count. Squared distances:
  //   0:    1 + 6.25    = 7.25        2.5: 2.25 + 4    = 6.25      100: more than 18,000
  //   1:    1 + 2.25    = 3.25        4.5: 4 + 12.25   = 16.25
  private static final List<FoldInput> FIVE = MemoryUpdates.single(0, 1, 2.5f, 4.5f, 100);

  private static Krum krum(int byzantine) {
    return new Krum(new AggregationRules(Rule.KRUM, null, byzantine, null, null, null));
  }

  private static Krum multiKrum(int byzantine, Integer keep) {
    return new Krum(new AggregationRules(Rule.MULTI_KRUM, null, byzantine, keep, null, null));
  }

  @Test
  void krumGivesTheUpdateThatIsNearestToItsNearest() {
    assertThat(MemoryUpdates.aggregate(krum(1), FIVE)).isEqualTo(1);
  }

  @Test
  void multiKrumGivesTheMeanOfTheBestOnes() {
    assertThat(MemoryUpdates.aggregate(multiKrum(1, 1), FIVE)).isEqualTo(1);
    assertThat(MemoryUpdates.aggregate(multiKrum(1, 2), FIVE)).isEqualTo(1.75); // of 1 and 2.5
    assertThat(MemoryUpdates.aggregate(multiKrum(1, null), FIVE)).isEqualTo(2); // all but 100
  }

  @Test
  void weightsDoNotCount() {
    List<FoldInput> inputs =
        List.of(
            MemoryUpdates.input(1, 1f), MemoryUpdates.input(999, 2f), MemoryUpdates.input(1, 3f));
    assertThat(MemoryUpdates.aggregate(multiKrum(0, 3), inputs)).isEqualTo(2);
  }

  @Test
  void ofEqualScoresTheLowerDigestWins() {
    List<FoldInput> inputs = MemoryUpdates.single(0, 1, 5); // 0 and 1 have the score 1
    FoldInput winner =
        FoldInput.CANONICAL.compare(inputs.get(0), inputs.get(1)) < 0
            ? inputs.get(0)
            : inputs.get(1);
    assertThat(MemoryUpdates.aggregate(krum(0), inputs))
        .isEqualTo(MemoryUpdates.values(winner, 1)[0]);
  }

  @Test
  void refusesFewerUpdatesThanItsBoundWithTheNumbers() {
    assertThatThrownBy(() -> krum(2).tileValues(6))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("aggregation.byzantine 2 needs at least 2 · 2 + 3 = 7 updates")
        .hasMessageContaining("but 6 came");
    assertThatThrownBy(() -> multiKrum(0, 4).tileValues(3))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("aggregation.keep is 4 but only 3 updates came");
    assertThat(krum(2).tileValues(7)).isPositive();
    assertThatThrownBy(() -> new Krum(AggregationRules.DEFAULT))
        .hasMessageContaining("weighted-mean is not a kind of Krum");
  }
}
