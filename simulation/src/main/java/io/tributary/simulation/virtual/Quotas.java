package io.tributary.simulation.virtual;

import java.util.List;

/**
 * Equal parts in units that are not equal: site i takes units until i + 1 parts of all bytes are
 * dealt, at least one unit each, and leaves one for each site after it.
 */
final class Quotas {
  private final int sites;
  private final long totalBytes;
  private int unitsLeft;
  private long givenBytes;

  Quotas(List<TextSlice> units, int sites) {
    this.sites = sites;
    this.unitsLeft = units.size();
    this.totalBytes = units.stream().mapToLong(TextSlice::size).sum();
  }

  /** Whether a site that has {@code had} units takes another. */
  boolean wants(int site, int had) {
    int sitesAfter = sites - 1 - site;
    if (unitsLeft <= sitesAfter) {
      return false;
    }
    return had == 0 || sitesAfter == 0 || givenBytes * sites < totalBytes * (site + 1L);
  }

  void given(TextSlice unit) {
    unitsLeft--;
    givenBytes += unit.size();
  }
}
