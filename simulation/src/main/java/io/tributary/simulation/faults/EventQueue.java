package io.tributary.simulation.faults;

import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/**
 * Virtual time: everything that is to happen, by its millisecond; among equal milliseconds in an
 * order drawn from the seed, so that every interleaving can come up and each comes again.
 *
 * <p>For one thread. Nothing in a simulation waits or runs but through here.
 */
public final class EventQueue {
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final RandomGenerator random;
  private long nowMillis;
  private long order;
  private long ran;

  /** One thing that is to happen. */
  private static final class Event implements Comparable<Event> {
    final long atMillis;
    final int tie;
    final long order;
    Runnable action; // null once cancelled

    Event(long atMillis, int tie, long order, Runnable action) {
      this.atMillis = atMillis;
      this.tie = tie;
      this.order = order;
      this.action = action;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      if (byTime != 0) {
        return byTime;
      }
      int byTie = Integer.compare(tie, other.tie);
      return byTie != 0 ? byTie : Long.compare(order, other.order);
    }
  }

  /**
   * Starts at 0 milliseconds.
   *
   * @param random every choice of the simulation that is not part of its scenario
   */
  public EventQueue(RandomGenerator random) {
    this.random = random;
  }

  /** Returns the source of chance, in the order of events: the same in every run of a seed. */
  public RandomGenerator random() {
    return random;
  }

  /** Returns the virtual time. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Returns how many events have run. */
  public long ran() {
    return ran;
  }

  /**
   * Has something happen after a while.
   *
   * @return cancels it; harmless when it has happened
   */
  public Runnable after(long delayMillis, Runnable action) {
    Event event =
        new Event(nowMillis + Math.max(0, delayMillis), random.nextInt(), order++, action);
    events.add(event);
    return () -> event.action = null;
  }

  /** Has it happen at a time, or now if that has passed; see {@link #after}. */
  public Runnable at(long atMillis, Runnable action) {
    return after(atMillis - nowMillis, action);
  }

  /**
   * Lets the next event happen.
   *
   * @return false when nothing is left to happen
   */
  public boolean step() {
    Event event = events.poll();
    while (event != null && event.action == null) {
      event = events.poll();
    }
    if (event == null) {
      return false;
    }
    nowMillis = Math.max(nowMillis, event.atMillis);
    ran++;
    event.action.run();
    return true;
  }
}
