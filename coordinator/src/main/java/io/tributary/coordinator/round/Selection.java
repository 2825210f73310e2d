package io.tributary.coordinator.round;

import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Chooses the sites of an attempt: the same ones for the same seed, round, attempt and set of
 * eligible sites, whatever order they connected in.
 */
final class Selection {
  private static final long STREAM = CounterRandom.streamOf("tributary.selection");

  private Selection() {}

  /** Returns {@code count} of the eligible sites, or all if there are fewer. */
  static SortedSet<SiteName> select(
      long seed, int round, int attempt, SortedSet<SiteName> eligible, int count) {
    List<SiteName> sorted = new ArrayList<>(eligible);
    int[] order =
        new CounterRandom(CounterRandom.deriveSeed(seed, round, attempt), STREAM)
            .permutation(sorted.size());
    SortedSet<SiteName> selected = new TreeSet<>();
    for (int i = 0; i < Math.min(count, order.length); i++) {
      selected.add(sorted.get(order[i]));
    }
    return selected;
  }
}
