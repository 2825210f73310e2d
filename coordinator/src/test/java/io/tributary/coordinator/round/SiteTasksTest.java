package io.tributary.coordinator.round;

import static io.tributary.coordinator.round.Rounds.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tls.SiteName;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SiteTasksTest {
  private static final int SITES = 12;
  private static final long GRACE = 40;

  private static SiteTask task(Random random) {
    List<SiteState> states =
        List.of(
            new SiteState.Offered(),
            new SiteState.Uploading(random.nextInt(3), 3),
            new SiteState.Durable(Rounds.receipt(random.nextInt(3))),
            new SiteState.Folded(Rounds.receipt(1)),
            new SiteState.Refused("no"));
    SiteTask task =
        new SiteTask(1, states.get(random.nextInt(states.size())), OptionalLong.empty(), 0);
    return random.nextInt(3) == 0 ? task.lostAt(random.nextInt(100)) : task;
  }

  /** Everything that is counted along, counted anew; everything that a map answers. */
  private static void requireSame(SiteTasks tasks, SortedMap<SiteName, SiteTask> oracle) {
    assertThat(tasks).isEqualTo(oracle).hasSameHashCodeAs(oracle);
    assertThat(List.copyOf(tasks.keySet())).isEqualTo(List.copyOf(oracle.keySet()));
    assertThat(List.copyOf(tasks.values())).isEqualTo(List.copyOf(oracle.values()));
    for (int i = 0; i < SITES; i++) {
      assertThat(tasks.get(site(i))).isEqualTo(oracle.get(site(i)));
      assertThat(tasks.containsKey(site(i))).isEqualTo(oracle.containsKey(site(i)));
    }
    assertThat(tasks.headMap(site(5))).isEqualTo(oracle.headMap(site(5)));
    assertThat(tasks.tailMap(site(5))).isEqualTo(oracle.tailMap(site(5)));
    assertThat(tasks.subMap(site(1), site(5))).isEqualTo(oracle.subMap(site(1), site(5)));
    assertThat(tasks.durable())
        .isEqualTo(
            (int)
                oracle.values().stream()
                    .filter(task -> task.state() instanceof SiteState.Durable)
                    .count());
    assertThat(tasks.working())
        .isEqualTo((int) oracle.values().stream().filter(task -> task.state().isWorking()).count());
    assertThat(tasks.firstAwayMillis())
        .isEqualTo(
            oracle.values().stream()
                .filter(task -> task.state().isWorking() && task.lostAtMillis().isPresent())
                .mapToLong(task -> task.lostAtMillis().getAsLong())
                .min());
  }

  @Property(tries = 200)
  void isATreeMapThatCountsAlongAndNeverChanges(@ForAll long seed) {
    Random random = new Random(seed);
    SiteTasks tasks = SiteTasks.EMPTY;
    TreeMap<SiteName, SiteTask> oracle = new TreeMap<>();
    for (int step = 0; step < 60; step++) {
      SiteTasks before = tasks;
      TreeMap<SiteName, SiteTask> oracleBefore = new TreeMap<>(oracle);
      if (random.nextInt(8) == 0) {
        long now = random.nextInt(150);
        tasks = tasks.expired(now, GRACE);
        oracle.replaceAll((site, task) -> task.expired(now, GRACE));
      } else if (random.nextInt(8) == 0) {
        tasks = tasks.mapped((site, task) -> task.closed("the end"));
        oracle.replaceAll((site, task) -> task.closed("the end"));
      } else {
        SiteName site = site(random.nextInt(SITES));
        SiteTask task = task(random);
        tasks = tasks.with(site, task);
        oracle.put(site, task);
      }
      requireSame(tasks, oracle);
      requireSame(before, oracleBefore);
      requireSame(SiteTasks.copyOf(new TreeMap<>(tasks)), oracle);
    }
  }

  @Test
  void isItselfWhereNothingChanges() {
    SiteTasks tasks = SiteTasks.EMPTY.with(site(1), SiteTask.offered(1));
    assertThat(SiteTasks.copyOf(tasks)).isSameAs(tasks);
    assertThat(tasks.with(site(1), SiteTask.offered(1))).isSameAs(tasks);
    assertThat(tasks.mapped((site, task) -> task)).isSameAs(tasks);
    assertThat(tasks.expired(1_000_000, 0)).as("nobody is away").isSameAs(tasks);
  }

  @Test
  void refusesToBeChangedThroughAnyOfAMapsMethods() {
    SiteTasks tasks = SiteTasks.EMPTY.with(site(1), SiteTask.offered(1));
    SiteTask other = SiteTask.offered(2);
    assertThatThrownBy(() -> tasks.put(site(1), other))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> tasks.remove(site(1)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(tasks::clear).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> tasks.replaceAll((site, task) -> other))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> tasks.keySet().remove(site(1)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> tasks.entrySet().iterator().next().setValue(other))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(tasks).containsOnlyKeys(site(1)).containsValue(SiteTask.offered(1));
  }

  @Test
  void hasAnEndAndAnOrderOfItsOwn() {
    SiteTasks tasks =
        SiteTasks.EMPTY.with(site(2), SiteTask.offered(1)).with(site(1), SiteTask.offered(1));
    assertThat(tasks.firstKey()).isEqualTo(site(1));
    assertThat(tasks.lastKey()).isEqualTo(site(2));
    assertThatThrownBy(SiteTasks.EMPTY::firstKey).isInstanceOf(NoSuchElementException.class);
    TreeMap<SiteName, SiteTask> backwards = new TreeMap<>(Comparator.reverseOrder());
    assertThatThrownBy(() -> SiteTasks.copyOf(backwards))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
