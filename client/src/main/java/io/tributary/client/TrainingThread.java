package io.tributary.client;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The one thread of a process on which models are trained and judged, for all sites of the process:
 * native engines belong to a thread, and two trainings at once would only slow each other down.
 *
 * <p>Turns are taken in the order in which they were asked for. Each site asks for one at a time
 * ({@link TaskRunner}), so none can keep the others from theirs for longer than one piece of work.
 */
final class TrainingThread implements AutoCloseable {
  private final Thread thread;

  // Guarded by this.
  private final Queue<Runnable> turns = new ArrayDeque<>();
  private boolean atWork;
  private boolean closed;

  /** Starts the thread. */
  TrainingThread() {
    thread = new Thread(this::runAll, "site-training");
    thread.setDaemon(true); // work that ignores its cancellation must not keep the process alive
    thread.start();
  }

  /** Runs a turn after those that were asked for before; never once it is closed. */
  synchronized void enqueue(Runnable turn) {
    turns.add(turn);
    notifyAll();
  }

  /** Whether nothing runs. */
  synchronized boolean isIdle() {
    return !atWork;
  }

  /** Interrupts what runs now. */
  void interrupt() {
    thread.interrupt();
  }

  private void runAll() {
    while (true) {
      Runnable turn;
      synchronized (this) {
        while (turns.isEmpty() && !closed) {
          try {
            wait();
          } catch (InterruptedException e) {
            // A late interrupt of cancelled work that has ended meanwhile: nothing to stop.
          }
        }
        if (closed) {
          return;
        }
        turn = turns.remove();
        atWork = true;
      }
      turn.run();
      synchronized (this) {
        atWork = false;
      }
      Thread.interrupted(); // the cancellation's, not the next work's
    }
  }

  /** Ends the thread after what runs now; whoever asked for a turn must not wait for it. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
