package io.tributary.client;

import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets one progress report of a task pass in each interval, whichever thread asks; used by {@link
 * TaskDesk}.
 */
final class ProgressThrottle {
  /** Least time between two reports. */
  static final long INTERVAL_MILLIS = 500;

  private final Clock clock;
  private final AtomicLong nextMillis = new AtomicLong(Long.MIN_VALUE);

  ProgressThrottle(Clock clock) {
    this.clock = clock;
  }

  boolean mayPass() {
    long now = clock.millis();
    long next = nextMillis.get();
    return now >= next && nextMillis.compareAndSet(next, now + INTERVAL_MILLIS);
  }
}
