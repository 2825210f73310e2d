package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.TaskCancelledException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkerPoolTest {
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());

  private static WorkerPool pool(int workers, long maxHeldBytes) {
    return new WorkerPool(workers, () -> {}, maxHeldBytes);
  }

  private WorkerPool.Piece<String> submit(
      WorkerPool pool, String name, long due, long cost, boolean ahead) {
    return pool.submit(
        due,
        cost,
        1,
        ahead,
        (engine, control) -> {
          done.add(name);
          return name;
        });
  }

  @Test
  void workIsDoneInTheOrderInWhichItsResultsAreAskedFor() throws Exception {
    try (WorkerPool pool = pool(1, 100)) {
      WorkerPool.Piece<String> c = submit(pool, "c", 30, 1, false);
      WorkerPool.Piece<String> a = submit(pool, "a", 10, 1, false);
      WorkerPool.Piece<String> b = submit(pool, "b", 20, 9, false);
      assertThat(c.take()).isEqualTo("c");
      assertThat(a.take()).isEqualTo("a");
      assertThat(b.take()).isEqualTo("b");
      // c is awaited first, so it is done at once or right after the piece that a worker had begun.
      assertThat(done).containsExactlyInAnyOrder("a", "b", "c");
      assertThat(done.indexOf("a")).isLessThan(done.indexOf("b"));
    }
  }

  @Test
  void theLongestPiecesAreDoneAheadOfTheirTimeWhereTheyMayBe() throws Exception {
    try (WorkerPool pool = pool(1, 100)) {
      WorkerPool.Piece<String> first = submit(pool, "first", 1, 1, true);
      List<WorkerPool.Piece<String>> others = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        others.add(submit(pool, "short-" + i, 2 + i, 1, true));
      }
      WorkerPool.Piece<String> longest = submit(pool, "longest", 50, 1_000, true);
      WorkerPool.Piece<String> wasted = submit(pool, "unsure", 60, 2_000, false);
      assertThat(first.take()).isEqualTo("first");
      assertThat(longest.take()).isEqualTo("longest");
      for (WorkerPool.Piece<String> other : others) {
        assertThat(other.take()).startsWith("short");
      }
      assertThat(wasted.take()).isEqualTo("unsure");
      // "first" is awaited at once; "unsure" is the longest of all, but may turn out to be
      // unwanted.
      assertThat(done).startsWith("first", "longest").endsWith("unsure");
    }
  }

  @Test
  void resultsThatWaitAreBoundedAndTheAwaitedOneIsDoneBeyondTheBound() throws Exception {
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (WorkerPool pool = pool(3, 2)) {
      List<WorkerPool.Piece<Integer>> pieces = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        pieces.add(
            pool.submit(
                i,
                1,
                1,
                false,
                (engine, control) -> most.accumulateAndGet(held.incrementAndGet(), Math::max)));
      }
      // From the back: what is awaited is never what the workers would do next.
      for (int i = pieces.size() - 1; i >= 0; i--) {
        int unused = pieces.get(i).take();
        held.decrementAndGet();
      }
      assertThat(most.get()).isLessThanOrEqualTo(3); // two, and the awaited one
    }
  }

  @Test
  void whatWorkThrowsIsThrownToWhoTakesItAndTheWorkerGoesOn() throws Exception {
    try (WorkerPool pool = pool(1, 10)) {
      WorkerPool.Piece<String> broken =
          pool.submit(
              1,
              1,
              1,
              false,
              (engine, control) -> {
                throw new IllegalStateException("broken");
              });
      WorkerPool.Piece<String> sound = submit(pool, "sound", 2, 1, false);
      assertThatThrownBy(broken::take)
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("broken");
      assertThat(sound.take()).isEqualTo("sound");
    }
  }

  @Test
  void cancelledWorkStopsAtItsNextStepAndHoldsNothing() throws Exception {
    try (WorkerPool pool = pool(1, 1)) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      CountDownLatch stopped = new CountDownLatch(1);
      WorkerPool.Piece<String> unwanted =
          pool.submit(
              1,
              1,
              1,
              false,
              (engine, control) -> {
                running.countDown();
                boolean unusedInTime = await(cancelled);
                try {
                  control.checkNotCancelled();
                  return "went on";
                } catch (TaskCancelledException e) {
                  stopped.countDown();
                  throw e;
                }
              });
      WorkerPool.Piece<String> first = submit(pool, "first", 0, 1, false);
      WorkerPool.Piece<String> other = submit(pool, "other", 2, 1, false);
      assertThat(first.take()).isEqualTo("first");
      assertThat(await(running)).isTrue();
      unwanted.cancel();
      cancelled.countDown();
      assertThat(other.take()).isEqualTo("other"); // begun only once the cancelled one is over
      assertThat(stopped.getCount()).isZero();
      assertThatThrownBy(unwanted::take).isInstanceOf(IllegalStateException.class);
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
