package io.tributary.client;

/**
 * Bounds of the wait between two attempts to connect; part of {@link SiteConfig}, used by {@link
 * ReconnectBackoff}.
 *
 * @param firstMillis longest wait after the first failure, 10 to one hour; default 500
 * @param longestMillis longest wait after any number of failures, {@code firstMillis} to one hour;
 *     default 30,000
 */
public record ReconnectBounds(Long firstMillis, Long longestMillis) {
  /** Half a second at first, half a minute at most. */
  public static final ReconnectBounds DEFAULT = new ReconnectBounds(null, null);

  private static final long LEAST_MILLIS = 10;
  private static final long MOST_MILLIS = 3_600_000;

  /** Fills defaults and checks both bounds and their order. */
  public ReconnectBounds {
    firstMillis = firstMillis == null ? 500L : firstMillis;
    if (firstMillis < LEAST_MILLIS || firstMillis > MOST_MILLIS) {
      throw new IllegalArgumentException(
          "reconnect.first-millis is "
              + firstMillis
              + " but must be "
              + LEAST_MILLIS
              + " to "
              + MOST_MILLIS);
    }
    longestMillis = longestMillis == null ? Math.max(30_000L, firstMillis) : longestMillis;
    if (longestMillis < firstMillis || longestMillis > MOST_MILLIS) {
      throw new IllegalArgumentException(
          "reconnect.longest-millis is "
              + longestMillis
              + " but must be reconnect.first-millis ("
              + firstMillis
              + ") to "
              + MOST_MILLIS);
    }
  }
}
