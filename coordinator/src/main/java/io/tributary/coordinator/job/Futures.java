package io.tributary.coordinator.job;

import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Brings the end of work on other threads back to the owner's thread, failures as one line. */
final class Futures {
  private Futures() {}

  static <T> void whenDone(
      CompletableFuture<T> future, Executor owner, Consumer<T> done, Consumer<String> failed) {
    var unused =
        future.whenComplete(
            (value, failure) ->
                owner.execute( // not whenCompleteAsync, which would swallow what a handler throws
                    () -> {
                      if (failure == null) {
                        done.accept(value);
                      } else {
                        failed.accept(reason(failure));
                      }
                    }));
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof UncheckedIOException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return OutcomeLog.oneLine(message == null ? cause.getClass().getSimpleName() : message);
  }
}
