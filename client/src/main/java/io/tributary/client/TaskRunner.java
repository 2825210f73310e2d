package io.tributary.client;

import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TaskRefusedException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one site's local work on the process's {@link TrainingThread}, so that neither the network
 * nor the agent ever waits for a training step; used by {@link TaskDesk}.
 *
 * <p>One piece of work runs, at most one waits (for the running one to notice that it was
 * cancelled); a newer one takes the place of the waiting one. Every submitted piece ends exactly
 * once. Cancelling is cooperative, because native code cannot be stopped: work that has not ended
 * {@code cancelBoundMillis} after its cancellation is interrupted, and until it ends new work is
 * refused with that reason instead of waiting for it.
 *
 * <pre>
 *   submitted ──► waiting ──► running ──► Finished | Refused | Cancelled
 *                    │  └─ cancelled, or replaced by newer work ─► Cancelled
 *                    └─ the running one does not stop in time ───► Refused
 * </pre>
 */
final class TaskRunner implements WorkBench {
  private static final Logger LOG = LoggerFactory.getLogger(TaskRunner.class);

  private final long cancelBoundMillis;
  private final ScheduledExecutorService timer;
  private final TrainingThread thread;

  // Guarded by this.
  private Piece<?> running;
  private Piece<?> waiting;
  private boolean turnAsked;
  private boolean stuck;
  private boolean closed;

  /**
   * Nothing to do yet.
   *
   * @param cancelBoundMillis how long cancelled work may go on before new work is refused
   * @param timer watches that bound
   * @param thread where the work runs, among that of other sites
   */
  TaskRunner(long cancelBoundMillis, ScheduledExecutorService timer, TrainingThread thread) {
    this.cancelBoundMillis = cancelBoundMillis;
    this.timer = timer;
    this.thread = thread;
  }

  /**
   * Runs work after what runs now.
   *
   * @param whenEnded called exactly once, on the training thread or the thread that ends it early
   */
  @Override
  public <R> Ticket submit(
      String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded) {
    Piece<R> ticket = new Piece<>(name, work, progress, whenEnded);
    Piece<?> replaced = null;
    String refusal = null;
    synchronized (this) {
      if (closed) {
        refusal = "the site is shutting down";
      } else if (stuck) {
        refusal = stuckReason();
      } else {
        replaced = waiting;
        waiting = ticket;
        askForTurn();
      }
    }
    if (replaced != null) {
      replaced.endCancelled();
    }
    if (refusal != null) {
      ticket.end(new Ending.Refused<>(refusal));
    }
    return ticket;
  }

  /**
   * Cancels everything and waits for the running work, at most the bound.
   *
   * @return whether it has ended
   */
  boolean close() {
    Piece<?> dropped;
    Piece<?> current;
    synchronized (this) {
      closed = true;
      dropped = waiting;
      waiting = null;
      current = running;
    }
    if (dropped != null) {
      dropped.endCancelled();
    }
    if (current == null) {
      return true;
    }
    current.cancelled = true;
    return awaitEndOf(current);
  }

  private synchronized boolean awaitEndOf(Piece<?> last) {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(cancelBoundMillis);
    try {
      for (long left = cancelBoundMillis; running == last && left > 0; ) {
        wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
      }
      if (running == last) {
        LOG.warn("training did not stop within {} ms: leaving it behind", cancelBoundMillis);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return running != last;
  }

  /** One turn at a time is asked for: a site's next work comes after that of the others. */
  private void askForTurn() {
    if (!turnAsked && running == null && waiting != null) {
      turnAsked = true;
      thread.enqueue(this::takeTurn);
    }
  }

  private void takeTurn() {
    Piece<?> next;
    synchronized (this) {
      turnAsked = false;
      next = waiting;
      waiting = null;
      running = next;
    }
    if (next != null) { // not cancelled meanwhile
      next.run();
    }
  }

  private void overdue(Piece<?> ticket) {
    Piece<?> dropped;
    synchronized (this) {
      if (running != ticket) {
        return;
      }
      stuck = true;
      dropped = waiting;
      waiting = null;
      thread.interrupt();
    }
    LOG.error("{} did not stop within {} ms of its cancellation", ticket.name, cancelBoundMillis);
    if (dropped != null) {
      dropped.endRefused(stuckReason());
    }
  }

  private String stuckReason() {
    return "the previous task's training did not stop within " + cancelBoundMillis + " ms";
  }

  /** One piece of work, from submission to its end. */
  private final class Piece<R> implements Ticket, TaskControl {
    private final String name;
    private final Work<R> work;
    private final ProgressListener progress;
    private final Consumer<Ending<R>> whenEnded;
    private volatile boolean cancelled;

    private Piece(
        String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded) {
      this.name = name;
      this.work = work;
      this.progress = progress;
      this.whenEnded = whenEnded;
    }

    @Override
    public void cancel() {
      cancelled = true;
      boolean waited;
      synchronized (TaskRunner.this) {
        waited = waiting == this;
        if (waited) {
          waiting = null;
        } else if (running == this && !timer.isShutdown()) {
          var unused =
              timer.schedule(() -> overdue(this), cancelBoundMillis, TimeUnit.MILLISECONDS);
        }
      }
      if (waited) {
        endCancelled();
      }
    }

    @Override
    public void progress(long done, long total) {
      checkNotCancelled();
      progress.progress(done, total);
    }

    @Override
    public void checkNotCancelled() {
      if (cancelled) {
        throw new TaskCancelledException(name);
      }
    }

    // Whatever the work throws must end the task and not the thread: the next task needs it.
    private void run() {
      Ending<R> ending;
      try {
        checkNotCancelled();
        // A result that comes after the cancellation is still handed over: somebody must delete it.
        ending = new Ending.Finished<>(work.run(this));
      } catch (TaskCancelledException e) {
        ending = new Ending.Cancelled<>();
      } catch (TaskRefusedException e) {
        ending = new Ending.Refused<>(e.getMessage());
      } catch (OutOfMemoryError e) {
        LOG.error("{} ran out of memory: give the site more, or a smaller job", name, e);
        ending = new Ending.Refused<>("the site ran out of memory");
      } catch (Throwable e) {
        if (cancelled) {
          ending = new Ending.Cancelled<>();
        } else {
          // The message may name a path or quote data: it goes to this site's log only.
          LOG.error("{} failed", name, e);
          ending = new Ending.Refused<>("training failed: " + e.getClass().getSimpleName());
        }
      }
      // Before anybody hears of the end: who then submits the next work must not find this running.
      synchronized (TaskRunner.this) {
        running = null;
        stuck = false;
        TaskRunner.this.notifyAll();
        askForTurn();
      }
      end(ending);
    }

    private void endCancelled() {
      end(new Ending.Cancelled<>());
    }

    private void endRefused(String reason) {
      end(new Ending.Refused<>(reason));
    }

    private void end(Ending<R> ending) {
      whenEnded.accept(ending);
    }
  }
}
