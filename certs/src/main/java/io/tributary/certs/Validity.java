package io.tributary.certs;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.time.Duration;

/**
 * How long certificates live.
 *
 * @param root life of the root, at least that of a leaf and at most {@link #LONGEST_DAYS}
 * @param leaf life of coordinator, receipt and site certificates, at least one minute
 */
public record Validity(Duration root, Duration leaf) {
  /** No certificate lives longer. */
  public static final int LONGEST_DAYS = 36_500;

  /** Ten years for the root; 397 days for the rest, what public authorities may give at most. */
  public static final Validity DEFAULT = new Validity(Duration.ofDays(3650), Duration.ofDays(397));

  /** Certificates begin this much in the past, for machines whose clocks run behind. */
  public static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  /**
   * Checks the bounds.
   *
   * @throws UserErrorException of kind USAGE
   */
  public Validity {
    if (leaf.compareTo(Duration.ofMinutes(1)) < 0) {
      throw new UserErrorException(
          Kind.USAGE,
          "certificate validity is " + leaf + ": it must be at least one minute (PT1M)");
    }
    if (root.compareTo(leaf) < 0 || root.compareTo(Duration.ofDays(LONGEST_DAYS)) > 0) {
      throw new UserErrorException(
          Kind.USAGE,
          "root validity is "
              + root
              + ": it must be at least the certificates' "
              + leaf
              + " and at most "
              + LONGEST_DAYS
              + " days");
    }
  }
}
