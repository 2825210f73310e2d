package io.tributary.coordinator.job;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The job's work on other threads: brings its end back to the owner's thread, and knows when none
 * is under way, so that a job that is put aside leaves nothing running behind it. Confined to the
 * owner's thread.
 */
final class PendingWork {
  private final Executor owner;
  private final List<Runnable> waiting = new ArrayList<>();
  private int underWay;

  PendingWork(Executor owner) {
    this.owner = owner;
  }

  /** Answers on the owner's thread, with the value or with what the work itself threw. */
  <T> void whenDone(CompletableFuture<T> future, Consumer<T> done, Consumer<Throwable> failed) {
    underWay++;
    var unused =
        future.whenComplete(
            (value, failure) ->
                owner.execute( // not whenCompleteAsync, which would swallow what a handler throws
                    () -> {
                      underWay--;
                      if (failure == null) {
                        done.accept(value);
                      } else {
                        failed.accept(cause(failure));
                      }
                      runWaiting();
                    }));
  }

  /** Runs a task once nothing is under way, perhaps at once. */
  void whenIdle(Runnable task) {
    waiting.add(task);
    runWaiting();
  }

  private void runWaiting() {
    if (underWay == 0 && !waiting.isEmpty()) {
      List<Runnable> ready = List.copyOf(waiting);
      waiting.clear();
      ready.forEach(Runnable::run);
    }
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof UncheckedIOException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** A failure as one line for people. */
  static String reason(Throwable cause) {
    String message = cause.getMessage();
    return OutcomeLog.oneLine(message == null ? cause.getClass().getSimpleName() : message);
  }
}
