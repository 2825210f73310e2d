package io.tributary.common.notary;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Bounds that receipts and log entries share. */
final class StatementParts {
  /** The end of the year 9999, the last that every calendar and database can print. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

  private StatementParts() {}

  static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least " + least);
    }
  }

  /** The time in milliseconds, which is all that a body holds. */
  static Instant instant(String name, Instant time) {
    if (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
      throw new IllegalArgumentException(name + " is " + time + " but must be 1970 to 9999");
    }
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
