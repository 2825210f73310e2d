package io.tributary.simulation.virtual;

import io.tributary.client.train.ModelWork;
import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * The threads that train and judge, each with one engine for all sites.
 *
 * <p>The simulation's thread submits work with the virtual time at which it will ask for the
 * result, and workers do it in that order, so that results rarely wait: how many may is bounded by
 * {@code maxHeldBytes}, however many sites there are. Only the longest pieces are done ahead, so
 * that the last one of a round does not leave the other workers idle. What comes out of a piece of
 * work does not depend on the worker, on their number, or on the order.
 *
 * <pre>
 *   submit ─► new ─(the simulation waits for a result)─► queued ─► running ─► held ─► taken
 * </pre>
 */
final class WorkerPool implements AutoCloseable {
  private static final long STOP_TIMEOUT_MILLIS = 10_000;

  /** How many of the longest pieces each worker may do ahead of their time. */
  private static final int AHEAD_PER_WORKER = 2;

  /**
   * Work on one site's text.
   *
   * @param <R> what it gives
   */
  @FunctionalInterface
  interface Work<R> {
    R run(ModelWork engine, TaskControl control);
  }

  private final List<Thread> threads = new ArrayList<>();
  private final long maxHeldBytes;
  private final LongAdder trainingNanos = new LongAdder();

  // Guarded by this.
  private final List<Piece<?>> fresh = new ArrayList<>();
  private final List<Piece<?>> queued = new ArrayList<>(); // by turn, the first last
  private Piece<?> awaited;
  private long heldBytes; // of results that are there or being made
  private boolean closed;

  /**
   * Starts the workers.
   *
   * @param beforeFirst run by each worker before its first piece of work
   * @param maxHeldBytes of results that wait to be taken
   */
  WorkerPool(int workers, Runnable beforeFirst, long maxHeldBytes) {
    this.maxHeldBytes = maxHeldBytes;
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(() -> work(beforeFirst), "simulate-worker-" + (i + 1));
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /**
   * Hands work over; it starts when the simulation next waits for a result.
   *
   * @param dueMillis virtual time at which the result is asked for
   * @param cost how long it is, in any unit
   * @param resultBytes what its result holds
   * @param ahead whether it may be done ahead of its time: false where it may turn out to be
   *     unwanted
   */
  synchronized <R> Piece<R> submit(
      long dueMillis, long cost, long resultBytes, boolean ahead, Work<R> work) {
    Piece<R> piece = new Piece<>(dueMillis, cost, resultBytes, ahead, work);
    fresh.add(piece);
    return piece;
  }

  /** Time that all workers have spent inside trainers so far. */
  long trainingNanos() {
    return trainingNanos.sum();
  }

  /** Adds to {@link #trainingNanos}; work calls it around what a trainer does. */
  void trained(long nanos) {
    trainingNanos.add(nanos);
  }

  private void work(Runnable beforeFirst) {
    try (ModelWork engine = new ModelWork()) {
      boolean begun = false;
      for (Piece<?> piece = next(); piece != null; piece = next()) {
        if (!begun) {
          beforeFirst.run();
          begun = true;
        }
        piece.run(engine);
      }
    }
  }

  private synchronized Piece<?> next() {
    while (!closed) {
      Piece<?> piece = startable();
      if (piece != null) {
        boolean unusedThere = queued.remove(piece);
        piece.state = State.RUNNING;
        heldBytes += piece.resultBytes;
        return piece;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        return null;
      }
    }
    return null;
  }

  private Piece<?> startable() {
    if (awaited != null && awaited.state == State.QUEUED) {
      return awaited; // whatever is held already: the simulation stands still without it
    }
    if (queued.isEmpty()) {
      return null;
    }
    Piece<?> first = queued.get(queued.size() - 1);
    return heldBytes == 0 || heldBytes + first.resultBytes <= maxHeldBytes ? first : null;
  }

  /** Lets workers have what was submitted since the simulation last waited. */
  private void release() {
    if (fresh.isEmpty()) {
      notifyAll(); // somebody is awaited
      return;
    }
    List<Piece<?>> longest =
        fresh.stream()
            .filter(piece -> piece.ahead)
            .sorted(Comparator.comparingLong((Piece<?> piece) -> -piece.cost))
            .limit((long) AHEAD_PER_WORKER * threads.size())
            .toList();
    for (Piece<?> piece : longest) {
      piece.turn = Long.MIN_VALUE;
    }
    queued.addAll(fresh);
    fresh.clear();
    queued.sort(
        Comparator.comparingLong((Piece<?> piece) -> piece.turn)
            .thenComparing(Comparator.comparingLong((Piece<?> piece) -> piece.cost).reversed())
            .reversed());
    for (Piece<?> piece : queued) {
      piece.state = State.QUEUED;
    }
    notifyAll();
  }

  /** Stops the workers, within ten seconds. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      fresh.clear();
      queued.clear();
      notifyAll();
    }
    for (Thread thread : threads) {
      thread.interrupt();
    }
    try {
      for (Thread thread : threads) {
        thread.join(STOP_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private enum State {
    NEW,
    QUEUED,
    RUNNING,
    HELD,
    OVER
  }

  /**
   * The simulation's hold on a piece of work.
   *
   * @param <R> what it gives
   */
  final class Piece<R> {
    private final long cost;
    private final long resultBytes;
    private final boolean ahead;
    private final Work<R> work;
    private long turn;
    private State state = State.NEW; // guarded by the pool, as all below
    private R result;
    private Throwable failure;
    private volatile boolean cancelled;

    private Piece(long dueMillis, long cost, long resultBytes, boolean ahead, Work<R> work) {
      this.turn = dueMillis;
      this.cost = cost;
      this.resultBytes = resultBytes;
      this.ahead = ahead;
      this.work = work;
    }

    /**
     * Waits for the result; it is handed out once.
     *
     * @throws ExecutionException if the work threw
     */
    R take() throws ExecutionException, InterruptedException {
      synchronized (WorkerPool.this) {
        awaited = this;
        release();
        try {
          while (state != State.HELD) {
            if (closed || state == State.OVER) {
              throw new IllegalStateException("the work was cancelled or taken before");
            }
            WorkerPool.this.wait();
          }
        } finally {
          awaited = null;
        }
        R taken = result;
        over();
        if (failure != null) {
          throw new ExecutionException(failure);
        }
        return taken;
      }
    }

    /** Nobody wants it any more. */
    void cancel() {
      synchronized (WorkerPool.this) {
        cancelled = true;
        boolean unusedFresh = fresh.remove(this);
        boolean unusedQueued = queued.remove(this);
        if (state == State.HELD) {
          over();
        } else if (state != State.RUNNING) {
          state = State.OVER;
        }
      }
    }

    private void over() {
      state = State.OVER;
      result = null;
      heldBytes -= resultBytes;
      WorkerPool.this.notifyAll();
    }

    // Whatever the work throws is the simulation's to hear: the worker goes on.
    private void run(ModelWork engine) {
      R made = null;
      Throwable thrown = null;
      try {
        made = work.run(engine, new Control());
      } catch (Throwable e) {
        thrown = e;
      }
      synchronized (WorkerPool.this) {
        result = made;
        failure = thrown;
        if (cancelled) {
          over();
        } else {
          state = State.HELD;
          WorkerPool.this.notifyAll();
        }
      }
    }

    private final class Control implements TaskControl {
      @Override
      public void progress(long done, long total) {
        checkNotCancelled();
      }

      @Override
      public void checkNotCancelled() {
        if (cancelled || closed()) {
          throw new TaskCancelledException("the task");
        }
      }
    }
  }

  private synchronized boolean closed() {
    return closed;
  }
}
