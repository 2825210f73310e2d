package io.tributary.simulation.virtual;

import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of a source text, so that each byte is held once however it is dealt.
 *
 * @param source index of the text
 * @param text the whole text
 * @param start first byte
 * @param end after the last byte; more than {@code start}
 */
@SuppressWarnings("ArrayRecordComponent") // a view, compared by nobody
record TextSlice(int source, byte[] text, int start, int end) {
  /** Longest piece that is dealt as one, where sites are large. */
  static final int MAX_UNIT_BYTES = 2_048;

  private static final int LEAST_MAX_UNIT_BYTES = 256;
  private static final int LEAST_UNIT_BYTES = 64;

  /** A site gets at least about so many units, so that sites come out equal. */
  private static final int UNITS_A_SITE = 4;

  int size() {
    return end - start;
  }

  /**
   * The longest unit for sites of this size.
   *
   * @param siteBytes of text that a site gets
   */
  static int maxUnitBytes(long siteBytes) {
    return (int) Math.max(LEAST_MAX_UNIT_BYTES, Math.min(MAX_UNIT_BYTES, siteBytes / UNITS_A_SITE));
  }

  /**
   * Cuts a text into the units that are dealt: paragraphs (parted by empty lines), short ones
   * joined, long ones cut at a line's end, else at a space, else between two characters. Together
   * they are the text, every byte once, in order.
   *
   * @param maxBytes of a unit; the last one may be longer by what would be too short for one
   */
  static List<TextSlice> units(int source, byte[] text, int maxBytes) {
    // A shorter paragraph goes with the next one: it would hardly hold a training window.
    int minBytes = Math.max(LEAST_UNIT_BYTES, maxBytes / 16);
    List<TextSlice> units = new ArrayList<>();
    int start = 0;
    while (start < text.length) {
      int end = unitEnd(text, start, minBytes, maxBytes);
      end = text.length - end < minBytes ? text.length : end;
      units.add(new TextSlice(source, text, start, end));
      start = end;
    }
    return units;
  }

  private static int unitEnd(byte[] text, int start, int minBytes, int maxBytes) {
    int limit = Math.min(text.length, start + maxBytes);
    for (int i = start + minBytes; i < limit; i++) {
      if (text[i - 1] == '\n' && text[i - 2] == '\n' && text[i] != '\n') {
        return i;
      }
    }
    if (limit == text.length) {
      return limit;
    }
    int cut = after(text, start, start + minBytes, limit, '\n');
    cut = cut > start ? cut : after(text, start, start + minBytes, limit, ' ');
    if (cut > start) {
      return cut;
    }
    int end = limit;
    while (end > start + 1 && (text[end] & 0xC0) == 0x80) { // the inside of a UTF-8 character
      end--;
    }
    return end;
  }

  private static int after(byte[] text, int start, int least, int limit, char wanted) {
    for (int i = limit; i > least; i--) {
      if (text[i - 1] == wanted) {
        return i;
      }
    }
    return start;
  }
}
