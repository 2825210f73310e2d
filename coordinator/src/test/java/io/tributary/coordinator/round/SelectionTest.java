package io.tributary.coordinator.round;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SelectionTest {
  @Test
  void dependsOnTheSetOfSitesAndNotOnTheOrderInWhichTheyCame() {
    List<SiteName> sites = new ArrayList<>(Rounds.sites(20));
    var expected = Selection.select(7, 3, 1, new TreeSet<>(sites), 5);
    Collections.shuffle(sites, new Random(1));
    assertThat(Selection.select(7, 3, 1, new TreeSet<>(sites), 5)).isEqualTo(expected).hasSize(5);
  }

  @Test
  void changesWithSeedRoundAndAttempt() {
    Set<Object> selections = new HashSet<>();
    selections.add(Selection.select(7, 3, 1, Rounds.sites(40), 8));
    selections.add(Selection.select(8, 3, 1, Rounds.sites(40), 8));
    selections.add(Selection.select(7, 4, 1, Rounds.sites(40), 8));
    selections.add(Selection.select(7, 3, 2, Rounds.sites(40), 8));
    assertThat(selections).hasSize(4);
  }

  @Test
  void choosesEverySiteAboutEquallyOften() {
    int[] chosen = new int[10];
    for (int round = 1; round <= 1_000; round++) {
      for (SiteName site : Selection.select(1, round, 1, Rounds.sites(10), 3)) {
        chosen[Integer.parseInt(site.value().substring(5))]++;
      }
    }
    for (int count : chosen) {
      assertThat(count).isBetween(240, 360);
    }
  }

  @Test
  void takesAllWhenThereAreFewer() {
    assertThat(Selection.select(7, 1, 1, Rounds.sites(3), 9)).isEqualTo(Rounds.sites(3));
  }
}
