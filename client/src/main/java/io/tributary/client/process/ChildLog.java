package io.tributary.client.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a trainer's process writes to its standard error, on its way into the site's log: lines cut
 * to {@link #LONGEST_LINE} bytes, {@value #BURST} at once and {@value #LINES_A_SECOND} a second
 * after that. The last lines are kept, to be told with its death. Safe on any thread.
 */
final class ChildLog {
  static final int LONGEST_LINE = 500;
  static final int BURST = 100;
  static final int LINES_A_SECOND = 10;
  static final int KEPT = 12;

  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1) / LINES_A_SECOND;

  private final Consumer<String> log;
  private final LongSupplier nanoTime;
  private final Deque<String> last = new ArrayDeque<>();
  private long fullAt;
  private long dropped;

  ChildLog(Consumer<String> log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.fullAt = nanoTime.getAsLong();
  }

  /** One line of it. */
  synchronized void line(LineReader.Line line) {
    String text =
        PrintableText.of(new String(line.bytes(), StandardCharsets.UTF_8).stripTrailing())
            + (line.cut() ? " ..." : "");
    last.addLast(text);
    if (last.size() > KEPT) {
      last.removeFirst();
    }
    // The bucket is full again at fullAt; each line takes one share of it.
    long now = nanoTime.getAsLong();
    fullAt = Math.max(fullAt - now, 0) + now;
    if (fullAt - now > (BURST - 1) * LINE_NANOS) {
      dropped++;
      return;
    }
    fullAt += LINE_NANOS;
    if (dropped > 0) {
      log.accept("(" + dropped + " lines left out)");
      dropped = 0;
    }
    log.accept(text);
  }

  /** Its last lines, oldest first. */
  synchronized List<String> lastLines() {
    return List.copyOf(last);
  }
}
