package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Sites and where each stands with its task, by name: the immutable map in the states of both
 * machines. Their every event makes a new state out of the old one, and differs in one site: here
 * that costs a search and the copy of an array of references, and the names are shared. How many
 * are durable, at work or away is counted along, so that no event has to look at all sites.
 */
@SuppressWarnings("JdkObsolete") // a NavigableMap has twenty more methods, which nobody asks for
final class SiteTasks extends AbstractMap<SiteName, SiteTask>
    implements SortedMap<SiteName, SiteTask> {
  static final SiteTasks EMPTY = new SiteTasks(new SiteName[0], new SiteTask[0]);

  private final SiteName[] sites; // ascending; shared with other maps, like the tasks never written
  private final SiteTask[] tasks;
  private final int durable;
  private final int working;
  private final int away;

  private SiteTasks(SiteName[] sites, SiteTask[] tasks) {
    int[] counts = new int[3];
    for (SiteTask task : tasks) {
      counts[0] += isDurable(task);
      counts[1] += isWorking(task);
      counts[2] += isAway(task);
    }
    this.sites = sites;
    this.tasks = tasks;
    this.durable = counts[0];
    this.working = counts[1];
    this.away = counts[2];
  }

  /** The same sites as in another map, one of them with another task. */
  private SiteTasks(SiteTasks before, SiteTask[] tasks, SiteTask old, SiteTask now) {
    this.sites = before.sites;
    this.tasks = tasks;
    this.durable = before.durable - isDurable(old) + isDurable(now);
    this.working = before.working - isWorking(old) + isWorking(now);
    this.away = before.away - isAway(old) + isAway(now);
  }

  /** These tasks; the map itself, if it is one already. */
  static SiteTasks copyOf(SortedMap<SiteName, SiteTask> tasks) {
    if (tasks instanceof SiteTasks same) {
      return same;
    }
    if (tasks.comparator() != null) {
      throw new IllegalArgumentException("tasks are kept in the order of their sites' names");
    }
    return tasks.isEmpty()
        ? EMPTY
        : new SiteTasks(
            tasks.keySet().toArray(SiteName[]::new), tasks.values().toArray(SiteTask[]::new));
  }

  /** The same with a site's task in place of its old one, if it had any. */
  SiteTasks with(SiteName site, SiteTask task) {
    int index = index(site);
    if (index < 0) {
      return inserted(-1 - index, site, task);
    }
    SiteTask old = tasks[index];
    if (old.equals(task)) {
      return this;
    }
    SiteTask[] changed = tasks.clone();
    changed[index] = task;
    return new SiteTasks(this, changed, old, task);
  }

  private SiteTasks inserted(int index, SiteName site, SiteTask task) {
    int after = sites.length - index;
    SiteName[] moreSites = Arrays.copyOf(sites, sites.length + 1);
    SiteTask[] moreTasks = Arrays.copyOf(tasks, tasks.length + 1);
    System.arraycopy(sites, index, moreSites, index + 1, after);
    System.arraycopy(tasks, index, moreTasks, index + 1, after);
    moreSites[index] = site;
    moreTasks[index] = task;
    return new SiteTasks(moreSites, moreTasks);
  }

  /** The same sites, each with what becomes of its task. */
  SiteTasks mapped(BiFunction<SiteName, SiteTask, SiteTask> change) {
    SiteTask[] changed = new SiteTask[tasks.length];
    boolean same = true;
    for (int i = 0; i < tasks.length; i++) {
      changed[i] = change.apply(sites[i], tasks[i]);
      same &= changed[i].equals(tasks[i]);
    }
    return same ? this : new SiteTasks(sites, changed);
  }

  /** The same, with those dropped that have been away for the whole grace. */
  SiteTasks expired(long nowMillis, long graceMillis) {
    return away == 0 ? this : mapped((site, task) -> task.expired(nowMillis, graceMillis));
  }

  /** How many updates are durable and not folded yet. */
  int durable() {
    return durable;
  }

  /** How many sites something is expected from, also while they are away. */
  int working() {
    return working;
  }

  /** Since when the site is away that something is expected from and that left first. */
  OptionalLong firstAwayMillis() {
    if (away == 0) {
      return OptionalLong.empty();
    }
    return Arrays.stream(tasks)
        .filter(task -> isAway(task) == 1)
        .mapToLong(task -> task.lostAtMillis().getAsLong())
        .min();
  }

  private static int isDurable(SiteTask task) {
    return TaskTransitions.isDurable(task) ? 1 : 0;
  }

  private static int isWorking(SiteTask task) {
    return task.state().isWorking() ? 1 : 0;
  }

  private static int isAway(SiteTask task) {
    return task.lostAtMillis().isPresent() && task.state().isWorking() ? 1 : 0;
  }

  private int index(Object site) {
    return site instanceof SiteName name ? Arrays.binarySearch(sites, name) : -1;
  }

  // ---- a map's methods; those that would change it throw ----

  @Override
  public SiteTask get(Object site) {
    int index = index(site);
    return index < 0 ? null : tasks[index];
  }

  @Override
  public boolean containsKey(Object site) {
    return index(site) >= 0;
  }

  @Override
  public int size() {
    return sites.length;
  }

  @Override
  public void forEach(BiConsumer<? super SiteName, ? super SiteTask> action) {
    for (int i = 0; i < sites.length; i++) {
      action.accept(sites[i], tasks[i]);
    }
  }

  @Override
  public Set<Map.Entry<SiteName, SiteTask>> entrySet() {
    return new Entries();
  }

  @Override
  public Comparator<? super SiteName> comparator() {
    return null; // the names' own
  }

  @Override
  public SortedMap<SiteName, SiteTask> subMap(SiteName from, SiteName to) {
    return new TreeMap<>(this).subMap(from, to);
  }

  @Override
  public SortedMap<SiteName, SiteTask> headMap(SiteName to) {
    return new TreeMap<>(this).headMap(to);
  }

  @Override
  public SortedMap<SiteName, SiteTask> tailMap(SiteName from) {
    return new TreeMap<>(this).tailMap(from);
  }

  @Override
  public SiteName firstKey() {
    return sites[present(0)];
  }

  @Override
  public SiteName lastKey() {
    return sites[present(sites.length - 1)];
  }

  private int present(int index) {
    if (sites.length == 0) {
      throw new NoSuchElementException("there are no tasks");
    }
    return index;
  }

  private final class Entries extends AbstractSet<Map.Entry<SiteName, SiteTask>> {
    @Override
    public int size() {
      return sites.length;
    }

    @Override
    public Iterator<Map.Entry<SiteName, SiteTask>> iterator() {
      return new Iterator<>() {
        private int next;

        @Override
        public boolean hasNext() {
          return next < sites.length;
        }

        @Override
        public Map.Entry<SiteName, SiteTask> next() {
          if (!hasNext()) {
            throw new NoSuchElementException("there are no more tasks");
          }
          int index = next++;
          return Map.entry(sites[index], tasks[index]);
        }
      };
    }
  }
}
