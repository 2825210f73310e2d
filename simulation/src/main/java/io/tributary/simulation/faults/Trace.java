package io.tributary.simulation.faults;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** The last lines of what happened in a simulation, for people; nothing when nobody reads it. */
final class Trace {
  private final int maxLines;
  private final Deque<String> lines = new ArrayDeque<>();
  private long dropped;

  /** Keeps so many lines; with 0, none is ever put together. */
  Trace(int maxLines) {
    this.maxLines = maxLines;
  }

  void add(long nowMillis, Supplier<String> line) {
    if (maxLines == 0) {
      return;
    }
    if (lines.size() == maxLines) {
      lines.remove();
      dropped++;
    }
    lines.add("%9.3f  %s".formatted(nowMillis / 1000.0, line.get()));
  }

  List<String> lines() {
    List<String> all = new java.util.ArrayList<>();
    if (dropped > 0) {
      all.add("(" + dropped + " earlier lines are left out)");
    }
    all.addAll(lines);
    return all;
  }
}
