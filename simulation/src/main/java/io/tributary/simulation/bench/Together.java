package io.tributary.simulation.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** Times the same work on several threads at once, until the last is done. */
final class Together {
  private Together() {}

  static long nanos(ExecutorService pool, int threads, IntConsumer work) {
    List<Callable<Void>> parts = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      int part = thread;
      parts.add(
          () -> {
            work.accept(part);
            return null;
          });
    }
    long start = System.nanoTime();
    try {
      for (Future<Void> done : pool.invokeAll(parts)) {
        done.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while it measured", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the measured work failed", e.getCause());
    }
    return System.nanoTime() - start;
  }
}
