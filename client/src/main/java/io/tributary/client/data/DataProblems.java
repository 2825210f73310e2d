package io.tributary.client.data;

import io.tributary.client.data.DataProblem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong while data is read: the first of them in words, the others as a count. */
final class DataProblems {
  private final int most;
  private final List<DataProblem> kept = new ArrayList<>();
  private long leftOut;
  private boolean unreadable;

  DataProblems(int most) {
    this.most = most;
  }

  /** The site cannot start with this. */
  void unreadable(Path file, Long line, String message) {
    unreadable = true;
    add(Severity.UNREADABLE, file, line, message);
  }

  /** The site's owner should know this. */
  void warn(Path file, String message) {
    add(Severity.WARNING, file, null, message);
  }

  private void add(Severity severity, Path file, Long line, String message) {
    if (kept.size() < most) {
      kept.add(new DataProblem(severity, file == null ? null : file.toString(), line, message));
    } else {
      leftOut++;
    }
  }

  /** In the order in which they were found. */
  List<DataProblem> kept() {
    return List.copyOf(kept);
  }

  /** How many more there were. */
  long leftOut() {
    return leftOut;
  }

  /** Whether any of them keeps the site from starting, kept or not. */
  boolean anyUnreadable() {
    return unreadable;
  }
}
