package io.tributary.client.data;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Ends a file whose row does not end: a quote that is not closed makes the rest of a file one
 * column, which a CSV parser would hold in memory.
 */
final class RowLimit extends FilterReader {
  /** A parser reads ahead, so that a row seems that much longer at most. */
  private static final int READ_AHEAD = 64 * 1024;

  private final int maxRowChars;
  private long sinceRow;

  RowLimit(Reader in, int maxRowChars) {
    super(in);
    this.maxRowChars = maxRowChars;
  }

  /** A row has ended. */
  void nextRow() {
    sinceRow = 0;
  }

  /** Whether it was this that ended the file. */
  boolean exceeded() {
    return sinceRow > maxRowChars + (long) READ_AHEAD;
  }

  @Override
  public int read() throws IOException {
    char[] one = new char[1];
    return read(one, 0, 1) < 0 ? -1 : one[0];
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    sinceRow += Math.max(0, count);
    if (exceeded()) {
      throw new BadTextException(
          "the row is longer than " + maxRowChars + " characters: is a quote not closed?");
    }
    return count;
  }
}
