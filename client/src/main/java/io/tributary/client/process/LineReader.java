package io.tributary.client.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Cuts a process's output into lines of bounded length, whatever the process writes. */
final class LineReader {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream in;
  private final int longest;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;

  /**
   * Reads lines.
   *
   * @param longest bytes of a line, without its end
   */
  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /**
   * A line.
   *
   * @param bytes without the line feed
   * @param cut whether it is longer and only its beginning is here
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Line(byte[] bytes, boolean cut) {}

  /**
   * The next line, or null at the end. What follows the last line feed is a line too, so that the
   * last words of a dying process are not lost.
   */
  Line next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean cut = false;
    boolean any = false;
    while (true) {
      if (from == to) {
        from = 0;
        to = in.read(buffer);
        if (to < 0) {
          to = 0;
          return any ? new Line(line.toByteArray(), cut) : null;
        }
      }
      any = true;
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      int taken = Math.min(end - from, longest - line.size());
      line.write(buffer, from, taken);
      cut |= taken < end - from;
      boolean complete = end < to;
      from = complete ? end + 1 : end;
      if (complete) {
        return new Line(line.toByteArray(), cut);
      }
    }
  }
}
