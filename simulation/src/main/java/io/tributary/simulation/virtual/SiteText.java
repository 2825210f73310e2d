package io.tributary.simulation.virtual;

import io.tributary.client.data.SiteData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One virtual site's private text: slices of the sources, put together only while it is read. */
final class SiteText {
  private final List<TextSlice> slices;
  private final int size;

  /** Orders the slices as they stand in the sources, and joins neighbours. */
  SiteText(List<TextSlice> dealt) {
    List<TextSlice> sorted = new ArrayList<>(dealt);
    sorted.sort(Comparator.comparingInt(TextSlice::source).thenComparingInt(TextSlice::start));
    List<TextSlice> joined = new ArrayList<>();
    long bytes = 0;
    for (TextSlice slice : sorted) {
      bytes += slice.size();
      TextSlice last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null && last.source() == slice.source() && last.end() == slice.start()) {
        joined.set(
            joined.size() - 1,
            new TextSlice(last.source(), last.text(), last.start(), slice.end()));
      } else {
        joined.add(slice);
      }
    }
    this.slices = List.copyOf(joined);
    this.size = Math.toIntExact(bytes);
  }

  int size() {
    return size;
  }

  List<TextSlice> slices() {
    return slices;
  }

  /** The text as a site has it: bytes, in no folders. */
  SiteData data() {
    return SiteData.ofText(bytes());
  }

  /** The text; never to be changed: a site with a whole source gets the source itself. */
  byte[] bytes() {
    if (slices.size() == 1 && size == slices.get(0).text().length) {
      return slices.get(0).text();
    }
    byte[] bytes = new byte[size];
    int at = 0;
    for (TextSlice slice : slices) {
      System.arraycopy(slice.text(), slice.start(), bytes, at, slice.size());
      at += slice.size();
    }
    return bytes;
  }
}
