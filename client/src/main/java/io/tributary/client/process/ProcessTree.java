package io.tributary.client.process;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/** A process and everything that it started. */
final class ProcessTree {
  private static final int MOST_SWEEPS = 8;

  private ProcessTree() {}

  /**
   * Kills all of it. A descendant that has cut itself off by letting its own parent end is not
   * found; it ends, as any trainer should, when its standard input does.
   */
  static void kill(ProcessHandle root) {
    // Once the root is gone its children belong to somebody else: they are looked up first, and
    // again below each of them, in case one was quicker in starting another.
    Set<ProcessHandle> known = new LinkedHashSet<>();
    known.add(root);
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      int before = known.size();
      Deque<ProcessHandle> open = new ArrayDeque<>(known);
      while (!open.isEmpty()) {
        ProcessHandle process = open.pop();
        process.descendants().forEach(known::add);
        process.destroyForcibly();
      }
      if (known.size() == before) {
        return;
      }
    }
  }
}
