package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import java.util.HashSet;
import java.util.Set;

/**
 * Measures the time in which at least one site was training or evaluating, as far as the
 * coordinator can see: the part of a round that is not overhead. Confined to the owner's thread.
 */
final class ActivityMeter {
  private final Set<SiteName> active = new HashSet<>();
  private long busyMillis;
  private long sinceMillis;

  /** A site reported that it trains or evaluates; repeated reports change nothing. */
  void started(SiteName site, long nowMillis) {
    if (active.isEmpty()) {
      sinceMillis = nowMillis;
    }
    active.add(site);
  }

  /** A site has finished, is lost, or is no longer waited for. */
  void stopped(SiteName site, long nowMillis) {
    if (active.remove(site) && active.isEmpty()) {
      busyMillis += nowMillis - sinceMillis;
    }
  }

  /** Nobody is waited for any more. */
  void stopAll(long nowMillis) {
    if (!active.isEmpty()) {
      busyMillis += nowMillis - sinceMillis;
      active.clear();
    }
  }

  /** Time so far, open intervals included. */
  long busyMillis(long nowMillis) {
    return busyMillis + (active.isEmpty() ? 0 : nowMillis - sinceMillis);
  }
}
