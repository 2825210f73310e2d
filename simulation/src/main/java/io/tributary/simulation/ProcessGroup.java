package io.tributary.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * All child processes of a federation: however their parent ends (a return, an exception, Ctrl-C),
 * none is left behind.
 *
 * <p>{@link #close} and a shutdown hook do the same: ask every process to end, wait a bounded time,
 * then kill. (When the parent itself is killed with SIGKILL no hook runs; a service that was
 * started with {@code --stop-with-parent} then sees its parent gone and ends by itself.)
 */
final class ProcessGroup implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration KILL_GRACE = Duration.ofSeconds(2);

  private final List<ManagedProcess> processes = new ArrayList<>();
  private final Thread hook = new Thread(this::endAll, "end-child-processes");
  private boolean closed;

  ProcessGroup() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  synchronized ManagedProcess start(String name, List<String> command, Path log)
      throws IOException {
    if (closed) {
      throw new IOException("cannot start " + name + ": the federation is being taken down");
    }
    ManagedProcess process = ManagedProcess.start(name, command, log);
    processes.add(process);
    return process;
  }

  private synchronized void endAll() {
    closed = true;
    processes.forEach(ManagedProcess::stop);
    long deadlineNanos = System.nanoTime() + GRACE.toNanos();
    for (ManagedProcess process : processes) {
      long left = Math.max(0, deadlineNanos - System.nanoTime());
      try {
        if (!process.await(Duration.ofNanos(left))) {
          process.kill();
          var unused = process.await(KILL_GRACE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.kill();
      }
    }
    processes.clear();
  }

  @Override
  public void close() {
    endAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook itself runs or has run; there is nothing left to remove.
      joinHook();
    }
  }

  private void joinHook() {
    try {
      TimeUnit.MILLISECONDS.timedJoin(hook, GRACE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
