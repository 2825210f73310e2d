package io.tributary.coordinator.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * Runs tasks one after the other on a shared pool, so that a lane's state needs no lock and a busy
 * lane holds at most one thread. Whoever submits bounds what waits: chunks by pausing their
 * connection, everything else by being one at a time.
 */
final class SerialLane implements Executor {
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
    Runnable task;
    synchronized (waiting) {
      task = waiting.pollFirst();
    }
    try {
      task.run();
    } finally {
      boolean more;
      synchronized (waiting) {
        more = !waiting.isEmpty();
        running = more;
      }
      if (more) {
        pool.execute(this::runNext); // at the end of the pool's queue: lanes take turns
      }
    }
  }
}
