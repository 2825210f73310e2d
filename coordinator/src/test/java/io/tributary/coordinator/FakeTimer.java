package io.tributary.coordinator;

import io.tributary.coordinator.job.Timer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A clock that moves when a test says so. */
final class FakeTimer implements Timer {
  /** Equal to itself alone: two may be set for one task and time. */
  private static final class Alarm {
    final long atMillis;
    final Runnable task;

    Alarm(long atMillis, Runnable task) {
      this.atMillis = atMillis;
      this.task = task;
    }
  }

  private final List<Alarm> alarms = new ArrayList<>();
  private long now = 1_000;

  @Override
  public long nowMillis() {
    return now;
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    Alarm alarm = new Alarm(atMillis, task);
    alarms.add(alarm);
    return () -> alarms.remove(alarm);
  }

  void advance(long millis) {
    long until = now + millis;
    while (true) {
      Optional<Alarm> next =
          alarms.stream()
              .filter(alarm -> alarm.atMillis <= until)
              .min(Comparator.comparingLong(alarm -> alarm.atMillis));
      if (next.isEmpty()) {
        now = until;
        return;
      }
      now = Math.max(now, next.get().atMillis);
      alarms.remove(next.get());
      next.get().task.run();
    }
  }
}
