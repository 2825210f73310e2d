package io.tributary.client.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;

/**
 * Lines of a file, none held beyond a bound: {@code BufferedReader} would hold a file without line
 * breaks whole. A line ends with a line feed; a carriage return before it is no part of it.
 */
final class BoundedLines implements Closeable {
  private static final int BUFFER = 8 * 1024;

  private final Reader in;
  private final int maxChars;
  private final char[] buffer = new char[BUFFER];
  private final StringBuilder line = new StringBuilder();
  private int at;
  private int end;
  private boolean tooLong;

  BoundedLines(Reader in, int maxChars) {
    this.in = in;
    this.maxChars = maxChars;
  }

  /** The next line, cut off at the bound; null after the last. */
  String next() throws IOException {
    line.setLength(0);
    tooLong = false;
    boolean any = false;
    while (at < end || fill()) {
      any = true;
      int from = at;
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      append(from, at);
      if (at < end) {
        at++; // the line feed
        return finished();
      }
    }
    return any ? finished() : null;
  }

  /** Whether the last line was longer than the bound. */
  boolean tooLong() {
    return tooLong;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, BUFFER));
    return end > 0;
  }

  private void append(int from, int to) {
    int kept = Math.min(to - from, maxChars - line.length());
    line.append(buffer, from, kept);
    tooLong |= kept < to - from;
  }

  private String finished() {
    int length = line.length();
    boolean returned = length > 0 && line.charAt(length - 1) == '\r';
    return line.substring(0, returned ? length - 1 : length);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
