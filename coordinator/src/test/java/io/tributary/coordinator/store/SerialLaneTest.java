package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialLaneTest {
  private final ExecutorService pool = Executors.newFixedThreadPool(4);

  @AfterEach
  void stop() {
    pool.shutdownNow();
  }

  @Test
  void runsTasksInOrderAndNeverTwoAtOnce() throws Exception {
    SerialLane lane = new SerialLane(pool);
    List<Integer> order = new ArrayList<>(); // unguarded: the lane must be enough
    CountDownLatch done = new CountDownLatch(2_000);
    for (int i = 0; i < 2_000; i++) {
      int number = i;
      lane.execute(
          () -> {
            order.add(number);
            done.countDown();
          });
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(order).isEqualTo(IntStream.range(0, 2_000).boxed().toList());
  }

  @Test
  void aBusyLaneLetsOthersHaveTheirTurn() throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      SerialLane busy = new SerialLane(one);
      SerialLane other = new SerialLane(one);
      List<String> order = new ArrayList<>();
      CountDownLatch allWait = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(51);
      busy.execute(
          () -> {
            try {
              boolean unusedWaited = allWait.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      for (int i = 0; i < 50; i++) {
        busy.execute(
            () -> {
              order.add("busy");
              done.countDown();
            });
      }
      other.execute(
          () -> {
            order.add("other");
            done.countDown();
          });
      allWait.countDown();
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(order.indexOf("other")).isLessThan(10);
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void finishesWhatWaitsWhenThePoolShutsDown() throws Exception {
    SerialLane lane = new SerialLane(pool);
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(3);
    lane.execute(
        () -> {
          started.countDown();
          try {
            boolean unusedReleased = release.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          done.countDown();
        });
    lane.execute(done::countDown);
    lane.execute(done::countDown);
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();
    release.countDown();
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aTaskThatThrowsDoesNotStopTheLane() throws Exception {
    SerialLane lane = new SerialLane(task -> pool.execute(() -> runIgnoringDefects(task)));
    CountDownLatch done = new CountDownLatch(1);
    lane.execute(
        () -> {
          throw new IllegalStateException("defect");
        });
    lane.execute(done::countDown);
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private static void runIgnoringDefects(Runnable task) {
    try {
      task.run();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("defect");
    }
  }
}
