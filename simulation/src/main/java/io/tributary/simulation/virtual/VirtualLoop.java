package io.tributary.simulation.virtual;

import io.tributary.coordinator.job.Timer;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * The one thread of a simulation and its time: the coordinator's owner and disk, the connections
 * and the virtual sites all run here, event after event, in the order of (time, when it was asked
 * for).
 *
 * <p>Time is a number that jumps to the next event: deadlines and graces cost nothing. Nothing here
 * depends on the real clock, nor on which worker finished first, because an event that needs a
 * worker's result waits for it.
 */
final class VirtualLoop implements Executor, Timer {
  private static final class Event {
    final long atMillis;
    final long order;
    Runnable task; // null once cancelled

    Event(long atMillis, long order, Runnable task) {
      this.atMillis = atMillis;
      this.order = order;
      this.task = task;
    }
  }

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong((Event event) -> event.atMillis)
              .thenComparingLong(event -> event.order));
  private final Thread thread = Thread.currentThread();
  private long nowMillis;
  private long asked;

  @Override
  public long nowMillis() {
    return nowMillis;
  }

  /** Runs a task after all others that are due. */
  @Override
  public void execute(Runnable task) {
    Runnable unusedCancel = schedule(nowMillis, task);
  }

  /** Runs a task some milliseconds from now. */
  Runnable after(long delayMillis, Runnable task) {
    return schedule(nowMillis + delayMillis, task);
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          Thread.currentThread().getName() + " is not the simulation's thread");
    }
    Event event = new Event(Math.max(atMillis, nowMillis), asked++, task);
    events.add(event);
    return () -> event.task = null;
  }

  /**
   * Runs events until the condition holds.
   *
   * @return false when there is no event left before that
   */
  boolean runUntil(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      Event event = events.poll();
      if (event == null) {
        return false;
      }
      if (event.task != null) { // time does not pass for what was cancelled
        nowMillis = event.atMillis;
        event.task.run();
      }
    }
    return true;
  }
}
