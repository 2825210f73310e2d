package io.tributary.simulation.faults;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A machine's wall clock: virtual time, and how wrong it is. */
public final class FakeClock extends Clock {
  /** Where virtual time begins, so that times look like times. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final EventQueue events;
  private long wrongByMillis;

  /** A clock that is right. */
  public FakeClock(EventQueue events) {
    this.events = events;
  }

  /** Jumps, forwards or backwards. */
  public void jump(long millis) {
    wrongByMillis += millis;
  }

  @Override
  public long millis() {
    return START.toEpochMilli() + events.nowMillis() + wrongByMillis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("a fake clock is in UTC");
  }
}
