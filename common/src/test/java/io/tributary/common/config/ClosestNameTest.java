package io.tributary.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClosestNameTest {
  @Test
  void findsSwapsMissingLettersAndOtherSpellings() {
    List<String> known = List.of("quorum", "cohort", "over-selection");
    assertThat(ClosestName.of("quroum", known)).contains("quorum");
    assertThat(ClosestName.of("cohrt", known)).contains("cohort");
    assertThat(ClosestName.of("overSelection", known)).contains("over-selection");
  }

  @Test
  void makesNoGuessWhenNothingIsNear() {
    assertThat(ClosestName.of("banana", List.of("quorum", "cohort"))).isEmpty();
    assertThat(ClosestName.of("q".repeat(1000), List.of("quorum"))).isEmpty();
  }

  @Test
  void countsASwapAsOne() {
    assertThat(ClosestName.distance("ab", "ba")).isEqualTo(1);
    assertThat(ClosestName.distance("kitten", "sitting")).isEqualTo(3);
  }
}
