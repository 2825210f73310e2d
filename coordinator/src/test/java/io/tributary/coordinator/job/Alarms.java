package io.tributary.coordinator.job;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** Tasks by the time at which they are due, then by the order in which they were asked for. */
final class Alarms {
  private record Alarm(long atMillis, long order, Runnable task) {}

  private final PriorityQueue<Alarm> waiting =
      new PriorityQueue<>(
          Comparator.comparingLong(Alarm::atMillis).thenComparingLong(Alarm::order));
  private long order;

  Runnable schedule(long atMillis, Runnable task) {
    Alarm alarm = new Alarm(atMillis, order++, task);
    waiting.add(alarm);
    return () -> waiting.remove(alarm);
  }

  /** When the next one is due; {@code Long.MAX_VALUE} if there is none. */
  long nextMillis() {
    return waiting.isEmpty() ? Long.MAX_VALUE : waiting.peek().atMillis();
  }

  void moveDue(long nowMillis, Queue<Runnable> to) {
    while (nextMillis() <= nowMillis) {
      to.add(waiting.remove().task());
    }
  }
}
