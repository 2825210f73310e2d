package io.tributary.simulation.faults;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * One life of a simulated process: its threads, which are event queues, and whether it lives.
 *
 * <p>A thread of {@link #thread} does its tasks one at a time in their order; those of a {@link
 * #pool} overtake each other; of different threads every interleaving is possible. Killing it ends
 * the instruction that runs with {@link ProcessEnded}, and nothing of it ever runs again.
 */
public final class FakeProcess {
  /** Longest that a thread lets a task wait for no reason, in milliseconds; most do not wait. */
  private static final int MAX_JITTER_MILLIS = 12;

  private static final int JITTER_ODDS = 8; // one in so many tasks

  private final String name;
  private final EventQueue events;
  private final List<Throwable> defects = new ArrayList<>();
  private boolean alive = true;
  private Death death; // null while alive
  private long stalledUntilMillis;

  /** How a process ended. */
  public enum Death {
    /** By SIGKILL: the kernel keeps what it was given. */
    KILLED,
    /** With its machine's power. */
    POWER_LOST,
    /** By itself. */
    EXITED
  }

  /**
   * Starts a process.
   *
   * @param name for messages
   */
  public FakeProcess(String name, EventQueue events) {
    this.name = name;
    this.events = events;
  }

  /** Returns whether it lives. */
  public boolean isAlive() {
    return alive;
  }

  /** Returns how it ended; null while it lives. */
  public Death death() {
    return death;
  }

  /** Returns the virtual time and the events. */
  public EventQueue events() {
    return events;
  }

  /** Returns what was thrown where nothing should be: defects of what is simulated. */
  public List<Throwable> defects() {
    return defects;
  }

  /** Ends it between two instructions. */
  public void end(Death how) {
    if (alive) {
      alive = false;
      death = how;
    }
  }

  /** Ends it in the middle of what it is doing. */
  public ProcessEnded endHere(Death how) {
    end(how);
    throw new ProcessEnded(name);
  }

  /** To be called by everything that the process reaches the world through. */
  public void requireAlive() {
    if (!alive) {
      throw new ProcessEnded(name);
    }
  }

  /** Nothing of it runs for a while: a long collection of garbage, a machine that swaps. */
  public void stall(long millis) {
    stalledUntilMillis = Math.max(stalledUntilMillis, events.nowMillis() + millis);
  }

  /** Makes a thread: one task at a time, in their order. */
  public Executor thread() {
    Deque<Runnable> tasks = new ArrayDeque<>();
    return task -> {
      requireAlive();
      tasks.add(task);
      later(jitter(), () -> tasks.remove().run());
    };
  }

  /** Makes a pool of threads: tasks run in any order. */
  public Executor pool() {
    return task -> {
      requireAlive();
      later(jitter(), task);
    };
  }

  /**
   * Runs something of the process after a while, if it still lives.
   *
   * @return cancels it
   */
  public Runnable later(long delayMillis, Runnable task) {
    return events.after(delayMillis, () -> run(task));
  }

  /** A moment of waiting for a processor. */
  private long jitter() {
    RandomGenerator random = events.random();
    return random.nextInt(JITTER_ODDS) == 0 ? random.nextInt(MAX_JITTER_MILLIS + 1) : 0;
  }

  private void run(Runnable task) {
    if (!alive) {
      return;
    }
    if (events.nowMillis() < stalledUntilMillis) {
      events.at(stalledUntilMillis, () -> run(task));
      return;
    }
    try {
      task.run();
    } catch (ProcessEnded e) {
      if (alive) {
        throw new IllegalStateException("a living process met the end of another", e);
      }
    } catch (RuntimeException | Error e) {
      if (alive) {
        defects.add(e);
      }
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
