package io.tributary.client.process;

import java.util.concurrent.TimeUnit;

/**
 * How long a process that failed stays down: not at all after its first failure, then a second,
 * doubled with each further failure in a row up to {@link #LONGEST_MILLIS}. Nobody waits for it:
 * work that comes earlier is refused.
 */
final class Restarts {
  static final long FIRST_MILLIS = 1_000;
  static final long LONGEST_MILLIS = 60_000;

  private int failures;
  private long notBeforeNanos;

  /** A task failed with its process. */
  void failed(long nowNanos) {
    failures++;
    notBeforeNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(delayMillis());
  }

  /** A task came to its end. */
  void succeeded() {
    failures = 0;
  }

  /** Failures in a row. */
  int failures() {
    return failures;
  }

  /** Milliseconds until it may start. */
  long waitMillis(long nowNanos) {
    long nanos = failures == 0 ? 0 : Math.max(0, notBeforeNanos - nowNanos);
    return TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
  }

  private long delayMillis() {
    if (failures <= 1) {
      return 0;
    }
    int doublings = Math.min(failures - 2, Long.SIZE - 2);
    long factor = Math.min(1L << doublings, LONGEST_MILLIS / FIRST_MILLIS);
    return Math.min(FIRST_MILLIS * factor, LONGEST_MILLIS);
  }
}
