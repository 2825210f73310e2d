package io.tributary.client;

/**
 * How long a {@link SiteSession} waits for its coordinator, and how much it lets wait; the wire's
 * own bounds are in {@link io.tributary.common.wire.WireLimits}.
 *
 * @param replyMillis longest wait for the next model chunk, for the answer to an upload offer or a
 *     commit or a report, and for an upload to advance; then the site connects anew and the task is
 *     offered again
 * @param maxPendingMessages messages read but not yet handled; beyond it the connection is not read
 */
public record SessionBounds(long replyMillis, int maxPendingMessages) {
  /** Two minutes: a coordinator checks an update of gigabytes between commit and outcome. */
  public static final SessionBounds DEFAULT = new SessionBounds(120_000, 64);

  /** Checks both. */
  public SessionBounds {
    if (replyMillis < 1 || maxPendingMessages < 1) {
      throw new IllegalArgumentException(
          "session bounds are "
              + replyMillis
              + " ms and "
              + maxPendingMessages
              + " messages: both"
              + " must be at least 1");
    }
  }
}
