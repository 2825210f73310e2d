package io.tributary.coordinator;

import io.tributary.coordinator.job.Timer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A run's own clock, which can stand still: while all a run could do is wait for sites that work
 * for other runs, its waits and deadlines do not run out. Confined to the owner's thread.
 */
final class RunTimer implements Timer {
  private static final class Alarm {
    final long atMillis;
    final Runnable task;
    Runnable cancel = () -> {};

    Alarm(long atMillis, Runnable task) {
      this.atMillis = atMillis;
      this.task = task;
    }
  }

  private final Timer timer;
  private final Set<Alarm> alarms = new LinkedHashSet<>();
  private long stoodStillMillis;
  private long stoppedAtMillis;
  private boolean stopped;

  RunTimer(Timer timer) {
    this.timer = timer;
  }

  @Override
  public long nowMillis() {
    return (stopped ? stoppedAtMillis : timer.nowMillis()) - stoodStillMillis;
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    Alarm alarm = new Alarm(atMillis, task);
    alarms.add(alarm);
    if (!stopped) {
      set(alarm);
    }
    return () -> {
      alarms.remove(alarm);
      alarm.cancel.run();
    };
  }

  private void set(Alarm alarm) {
    alarm.cancel =
        timer.schedule(
            alarm.atMillis + stoodStillMillis,
            () -> {
              if (alarms.remove(alarm)) { // not cancelled when it was already on its way
                alarm.task.run();
              }
            });
  }

  /** Stops the clock or lets it go on. */
  void standStill(boolean still) {
    if (still == stopped) {
      return;
    }
    long now = timer.nowMillis();
    stopped = still;
    if (still) {
      stoppedAtMillis = now;
      alarms.forEach(alarm -> alarm.cancel.run());
    } else {
      stoodStillMillis += now - stoppedAtMillis;
      List.copyOf(alarms).forEach(this::set);
    }
  }
}
