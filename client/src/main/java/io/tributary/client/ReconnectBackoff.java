package io.tributary.client;

import io.tributary.common.random.CounterRandom;
import java.time.Clock;

/**
 * How long {@link SiteAgent} waits before it connects again: exponential with "equal jitter", so
 * that sites that lost their coordinator in the same second do not all come back in the same second
 * (Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015).
 *
 * <p>The n-th wait in a row is drawn from {@code [w/2, w]} with {@code w = min(longest, first *
 * 2^(n-1))}. A connection that brought a model or an accepted result, or that lived for {@link
 * #STABLE_MILLIS}, starts the row anew; one that opens and closes at once does not, even with an
 * offer between, so that neither a coordinator that turns the site away nor a task that fails each
 * time is tried again and again at the shortest interval.
 *
 * <p>Owned by the agent's thread.
 */
final class ReconnectBackoff {
  /** A connection that lived this long was a success. */
  static final long STABLE_MILLIS = 5_000;

  private final ReconnectBounds bounds;
  private final Clock clock;
  private final CounterRandom jitter;
  private int failuresInARow;
  private long openedAtMillis;
  private boolean open;

  ReconnectBackoff(ReconnectBounds bounds, Clock clock, long jitterSeed) {
    this.bounds = bounds;
    this.clock = clock;
    this.jitter = new CounterRandom(jitterSeed, "reconnect");
  }

  /** A connection has opened. */
  void opened() {
    open = true;
    openedAtMillis = clock.millis();
  }

  /** The connection has been of use: the next wait is a first one. */
  void succeeded() {
    failuresInARow = 0;
  }

  /** The connection has ended, or could not be made. Returns the wait before the next attempt. */
  long closedOrFailed() {
    if (open && clock.millis() - openedAtMillis >= STABLE_MILLIS) {
      failuresInARow = 0;
    }
    open = false;
    long ceiling = bounds.firstMillis();
    for (int i = 0; i < failuresInARow && ceiling < bounds.longestMillis(); i++) {
      ceiling = Math.min(bounds.longestMillis(), ceiling * 2);
    }
    failuresInARow++;
    long half = ceiling / 2;
    return half + (long) (jitter.nextDouble() * (ceiling - half + 1));
  }
}
