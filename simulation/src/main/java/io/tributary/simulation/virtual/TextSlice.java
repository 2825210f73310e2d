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
  /** Longest piece that is dealt as one. */
  static final int MAX_UNIT_BYTES = 2_048;

  /** A shorter paragraph goes with the next one: it would hardly hold a training window. */
  static final int MIN_UNIT_BYTES = 128;

  int size() {
    return end - start;
  }

  /**
   * Cuts a text into the units that are dealt: paragraphs (parted by empty lines), short ones
   * joined, long ones cut at a line's end, else at a space, else between two characters. Together
   * they are the text, every byte once, in order.
   */
  static List<TextSlice> units(int source, byte[] text) {
    List<TextSlice> units = new ArrayList<>();
    int start = 0;
    while (start < text.length) {
      int end = unitEnd(text, start);
      units.add(new TextSlice(source, text, start, end));
      start = end;
    }
    return units;
  }

  private static int unitEnd(byte[] text, int start) {
    int limit = Math.min(text.length, start + MAX_UNIT_BYTES);
    for (int i = start + MIN_UNIT_BYTES; i < limit; i++) {
      if (text[i - 1] == '\n' && text[i - 2] == '\n' && text[i] != '\n') {
        return i;
      }
    }
    if (limit == text.length) {
      return limit;
    }
    int cut = after(text, start, limit, '\n');
    cut = cut > start ? cut : after(text, start, limit, ' ');
    if (cut > start) {
      return cut;
    }
    int end = limit;
    while (end > start + 1 && (text[end] & 0xC0) == 0x80) { // the inside of a UTF-8 character
      end--;
    }
    return end;
  }

  private static int after(byte[] text, int start, int limit, char wanted) {
    for (int i = limit; i > start + MIN_UNIT_BYTES; i--) {
      if (text[i - 1] == wanted) {
        return i;
      }
    }
    return start;
  }
}
