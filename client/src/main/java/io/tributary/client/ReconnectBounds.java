package io.tributary.client;

/**
 * Bounds of the wait between two attempts to connect; part of {@link SiteConfig}, used by {@link
 * ReconnectBackoff}.
 *
 * @param firstMillis longest wait after the first failure, at least 10
 * @param longestMillis longest wait after any number of failures, at least {@code firstMillis} and
 *     at most one hour
 */
public record ReconnectBounds(long firstMillis, long longestMillis) {
  /** Half a second at first, half a minute at most. */
  public static final ReconnectBounds DEFAULT = new ReconnectBounds(500, 30_000);

  private static final long LEAST_MILLIS = 10;
  private static final long MOST_MILLIS = 3_600_000;

  /** Checks both bounds and their order. */
  public ReconnectBounds {
    if (firstMillis < LEAST_MILLIS || firstMillis > MOST_MILLIS) {
      throw new IllegalArgumentException(
          "reconnect.first-millis is "
              + firstMillis
              + ": it must be between "
              + LEAST_MILLIS
              + " and "
              + MOST_MILLIS);
    }
    if (longestMillis < firstMillis || longestMillis > MOST_MILLIS) {
      throw new IllegalArgumentException(
          "reconnect.longest-millis is "
              + longestMillis
              + ": it must be between reconnect.first-millis ("
              + firstMillis
              + ") and "
              + MOST_MILLIS);
    }
  }
}
