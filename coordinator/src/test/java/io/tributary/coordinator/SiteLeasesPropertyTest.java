package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Runs that share sites, driven at random: never two at one site, and nobody starves. */
class SiteLeasesPropertyTest {
  private static final int STEPS = 300;

  /** A run that takes what it sees as soon as it is enough, and gives back site by site. */
  private static final class Greedy {
    final String id;
    final int needs;
    final Map<SiteName, TaskId> working = new TreeMap<>();
    final TreeSet<SiteName> sees = new TreeSet<>();
    int round;
    boolean dozing; // folds, say: it wants nothing although it sees sites

    Greedy(String id, int needs) {
      this.id = id;
      this.needs = needs;
    }
  }

  private SiteLeases leases; // of one try
  private final Map<String, Greedy> runs = new TreeMap<>();
  private final TreeSet<SiteName> connected = new TreeSet<>();

  private void startTry() { // one instance serves all tries of a property
    leases = new SiteLeases();
    runs.clear();
    connected.clear();
  }

  private static List<SiteName> sites(int count) {
    List<SiteName> sites = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sites.add(new SiteName("s" + i));
    }
    return sites;
  }

  private void settle() {
    for (SiteLeases.Change change : leases.settle()) {
      change
          .lostBy()
          .map(runs::get)
          .ifPresent(run -> assertThat(run.sees.remove(change.site())).isTrue());
      change
          .gainedBy()
          .map(runs::get)
          .ifPresent(run -> assertThat(run.sees.add(change.site())).isTrue());
    }
    for (SiteName site : connected) {
      assertThat(runs.values().stream().filter(run -> run.sees.contains(site)).count())
          .as("runs that see %s", site)
          .isEqualTo(runs.isEmpty() ? 0 : 1);
      assertThat(runs.keySet().stream().filter(run -> leases.mayUse(run, site)).count())
          .isLessThanOrEqualTo(1);
    }
    for (Greedy run : runs.values()) { // what is counted along, counted anew
      assertThat(connected.stream().filter(site -> leases.mayUse(run.id, site)))
          .as("what %s may use", run.id)
          .containsExactlyElementsOf(run.sees);
      assertThat(leases.isHeldUp(run.id))
          .as("whether %s is held up", run.id)
          .isEqualTo(
              run.working.isEmpty()
                  && connected.stream().anyMatch(site -> !leases.mayUse(run.id, site)));
    }
    Map<SiteName, String> workers = new HashMap<>();
    for (Greedy run : runs.values()) {
      for (SiteName site : run.working.keySet()) {
        assertThat(workers.put(site, run.id)).as("%s works for one run", site).isNull();
      }
      assertThat(connected).containsAll(run.sees);
    }
  }

  private void begin(Greedy run) {
    if (!run.working.isEmpty() || run.dozing || run.sees.size() < run.needs) {
      return;
    }
    run.round++;
    TaskId task = new TaskId(run.id, run.round, 1, TaskId.Kind.TRAIN);
    for (SiteName site : run.sees) {
      if (run.working.size() < run.needs && leases.lease(run.id, site, task)) {
        run.working.put(site, task);
      }
    }
  }

  private void finish(Greedy run, SiteName site) {
    TaskId task = run.working.remove(site);
    if (task != null) {
      leases.release(run.id, site, task);
    }
  }

  @Property(tries = 100)
  void aSiteNeverWorksForTwoRunsAndEveryConnectedSiteIsSeenByExactlyOne(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int runCount,
      @ForAll @IntRange(min = 1, max = 6) int siteCount) {
    startTry();
    Random random = new Random(seed);
    List<SiteName> sites = sites(siteCount);
    for (int step = 0; step < STEPS; step++) {
      SiteName site = sites.get(random.nextInt(siteCount));
      String id = "r" + random.nextInt(runCount);
      Greedy run = runs.get(id);
      switch (random.nextInt(7)) {
        case 0 -> {
          connected.add(site);
          leases.connected(site);
        }
        case 1 -> {
          if (random.nextInt(3) == 0) {
            connected.remove(site);
            leases.disconnected(site);
          }
        }
        case 2 -> {
          if (run == null) {
            runs.put(id, new Greedy(id, 1 + random.nextInt(siteCount)));
            leases.join(id);
          } else if (random.nextInt(5) == 0) {
            runs.remove(id);
            leases.leave(id);
          }
        }
        case 3, 4 -> {
          if (run != null) {
            begin(run);
          }
        }
        case 5 -> {
          if (run != null) {
            finish(run, site);
          }
        }
        default -> {
          if (leases.isIdleTurn()) {
            leases.passTurn();
          }
        }
      }
      if (random.nextBoolean()) {
        settle(); // views may lag behind for a while, as they do within a run's step
      }
    }
    settle();
  }

  @Property(tries = 40)
  void everyRunThatWantsSitesGetsThemAgainAndAgain(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 4) int runCount,
      @ForAll @IntRange(min = 1, max = 5) int siteCount) {
    startTry();
    Random random = new Random(seed);
    List<SiteName> sites = sites(siteCount);
    for (int i = 0; i < runCount; i++) {
      Greedy run = new Greedy("r" + i, 1 + random.nextInt(siteCount));
      runs.put(run.id, run);
      leases.join(run.id);
    }
    for (SiteName site : sites) {
      connected.add(site);
      leases.connected(site);
    }
    settle();
    List<Greedy> order = new ArrayList<>(runs.values());
    for (int step = 0; step < 120 * runCount * siteCount; step++) {
      Greedy run = order.get(random.nextInt(runCount));
      // Tasks end sooner or later; a run dozes now and then, and not for ever.
      run.dozing = random.nextInt(4) == 0;
      sites.stream()
          .filter(run.working::containsKey)
          .findFirst()
          .ifPresent(site -> finish(run, site));
      settle();
      boolean begins = run.working.isEmpty() && !run.dozing && run.sees.size() >= run.needs;
      begin(run);
      if (begins) {
        assertThat(run.working).as("what a run sees it may use").hasSize(run.needs);
      }
      settle();
      if (leases.isIdleTurn() && random.nextInt(4) == 0) {
        leases.passTurn();
        settle();
      }
    }
    for (Greedy run : order) {
      assertThat(run.round).as("rounds of %s, which needs %d", run.id, run.needs).isGreaterThan(5);
    }
  }
}
