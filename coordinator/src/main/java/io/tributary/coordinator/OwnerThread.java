package io.tributary.coordinator;

import io.tributary.coordinator.job.Timer;
import io.tributary.coordinator.ledger.LedgerException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns a job's state, and its queue. What waits in it is bounded by those who
 * fill it: a few messages per connection ({@link ReadingBound}), one timer and one piece of disk
 * work per task.
 */
final class OwnerThread implements Executor, Timer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerThread.class);
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final ScheduledThreadPoolExecutor thread;
  private volatile Consumer<Throwable> onFailure = failure -> {};

  OwnerThread() {
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread owner = new Thread(task, "coordinator-owner");
              owner.setDaemon(true);
              return owner;
            });
    thread.setRemoveOnCancelPolicy(true);
  }

  /** Who hears of a defect: a task that threw. The thread itself goes on. */
  void onFailure(Consumer<Throwable> handler) {
    onFailure = handler;
  }

  @Override
  public void execute(Runnable task) {
    try {
      thread.execute(() -> runGuarded(task));
    } catch (RejectedExecutionException e) {
      LOG.debug("dropped after the end: {}", task);
    }
  }

  @Override
  public long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    long delay = Math.max(0, atMillis - nowMillis());
    try {
      ScheduledFuture<?> timer =
          thread.schedule(() -> runGuarded(task), delay, TimeUnit.MILLISECONDS);
      return () -> timer.cancel(false);
    } catch (RejectedExecutionException e) {
      LOG.debug("no timer after the end: {}", task);
      return () -> {};
    }
  }

  private void runGuarded(Runnable task) {
    try {
      task.run();
    } catch (LedgerException | UncheckedIOException e) { // the machine's fault, not the program's
      LOG.error("the coordinator cannot go on: {}", e.getMessage());
      onFailure.accept(e);
    } catch (RuntimeException | Error e) {
      LOG.error("the owner's thread met a defect", e);
      onFailure.accept(e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("the owner's thread did not end within {} ms", CLOSE_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
