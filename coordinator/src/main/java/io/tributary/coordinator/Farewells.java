package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;

/**
 * Tells sites that a run has ended, now or when they come back: a site that ends with its job must
 * not wait for ever because it was away at that moment. Confined to the owner's thread.
 */
final class Farewells {
  /** Most sites that are remembered; the newest farewell of each. */
  static final int MAX_UNTOLD = 8192;

  private final Map<SiteName, Envelope> untold =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SiteName, Envelope> eldest) {
          return size() > MAX_UNTOLD;
        }
      };

  /** Says it to each of these sites. */
  void say(SortedSet<SiteName> toSites, Envelope farewell, ConnectedSites sites) {
    for (SiteName site : toSites) {
      if (sites.send(site, farewell)) {
        untold.remove(site);
      } else {
        untold.put(site, farewell);
      }
    }
  }

  /** A site is back: it hears what it missed. */
  void connected(SiteName site, ConnectedSites sites) {
    Envelope missed = untold.remove(site);
    if (missed != null && !sites.send(site, missed)) {
      untold.put(site, missed);
    }
  }
}
