package io.tributary.cli.kills;

import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds a process still at one planned moment, for its parent to kill with SIGKILL right there.
 *
 * <p>The plan is a file in the process's own directory: the moment, and how often it must be
 * passed. The parent may write it at any time. When the moment has come the thread that reached it
 * stops for good, and a marker file tells the parent. Other threads go on until they are killed, as
 * they would in a real crash.
 */
final class PlannedCrash implements CrashPoint {
  private final Path plan;
  private final Path marker;
  private String planned = "";
  private int left;

  private PlannedCrash(Path directory) {
    this.plan = planIn(directory);
    this.marker = markerIn(directory);
  }

  static PlannedCrash in(Path directory) {
    return new PlannedCrash(directory);
  }

  static Path planIn(Path directory) {
    return directory.resolve("crash-plan");
  }

  static Path markerIn(Path directory) {
    return directory.resolve("crash-reached");
  }

  /** Plans a crash for a process that is running or will be started in this directory. */
  static void plan(Path directory, CrashMoment moment, int times) throws IOException {
    Path written = directory.resolve("crash-plan.new");
    Files.writeString(written, moment + " " + times);
    Files.move(written, planIn(directory), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Forgets the plan, reached or not. */
  static void forget(Path directory) throws IOException {
    Files.deleteIfExists(planIn(directory));
    Files.deleteIfExists(markerIn(directory));
  }

  @Override
  public void reached(CrashMoment moment) {
    if (isNow(moment)) {
      try {
        Files.writeString(marker, moment.name());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      while (true) {
        LockSupport.park(this);
      }
    }
  }

  private synchronized boolean isNow(CrashMoment moment) {
    String text;
    try {
      text = Files.readString(plan);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!text.equals(planned)) {
      planned = text;
      left = Integer.parseInt(text.substring(text.indexOf(' ') + 1));
    }
    return text.startsWith(moment + " ") && --left == 0;
  }
}
