package io.tributary.coordinator.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs tasks one after the other on a shared pool, so that a lane's state needs no lock and a busy
 * lane holds at most one thread. Whoever submits bounds what waits: chunks by pausing their
 * connection, everything else by being one at a time.
 */
final class SerialLane implements Executor {
  /** Tasks of a lane that run in one go: waking a thread for each would cost as much as a chunk. */
  private static final int TURN_TASKS = 8;

  private final Executor pool;
  private final Deque<Runnable> waiting = new ArrayDeque<>(); // guarded by itself
  private boolean running; // guarded by waiting

  SerialLane(Executor pool) {
    this.pool = pool;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (waiting) {
      waiting.addLast(task);
      if (running) {
        return;
      }
      running = true;
    }
    pool.execute(this::runNext);
  }

  private void runNext() {
    boolean more = true;
    for (int done = 1; more; done++) {
      Runnable task;
      synchronized (waiting) {
        task = waiting.pollFirst();
      }
      boolean failed = true;
      try {
        task.run();
        failed = false;
      } finally {
        synchronized (waiting) {
          more = !waiting.isEmpty();
          running = more;
        }
        if (more && (failed || done == TURN_TASKS)) {
          done = 0;
          more = !requeued();
        }
      }
    }
  }

  /** Goes to the end of the pool's queue, so that lanes take turns. */
  private boolean requeued() {
    try {
      pool.execute(this::runNext);
      return true;
    } catch (RejectedExecutionException e) {
      return false; // the pool is being shut down: what waits is still done, right here
    }
  }
}
