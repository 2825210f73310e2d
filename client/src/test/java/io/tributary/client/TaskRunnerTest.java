package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.WorkBench.Ending;
import io.tributary.client.WorkBench.Ticket;
import io.tributary.client.WorkBench.Work;
import io.tributary.client.train.TaskRefusedException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class TaskRunnerTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final TrainingThread thread = new TrainingThread();
  private final TaskRunner runner = new TaskRunner(200, timer, thread);
  private final BlockingQueue<Ending<String>> endings = new LinkedBlockingQueue<>();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void stop() {
    gate.countDown();
    runner.close();
    thread.close();
    timer.shutdownNow();
  }

  private Ticket submit(Work<String> work) {
    return runner.submit("work", work, (done, total) -> {}, endings::add);
  }

  private Ending<String> awaitEnding() throws InterruptedException {
    Ending<String> ending = endings.poll(10, TimeUnit.SECONDS);
    assertThat(ending).isNotNull();
    return ending;
  }

  /** Asks often whether it is cancelled. */
  private Work<String> cooperative() {
    return control -> {
      started.countDown();
      while (!gate.await(1, TimeUnit.MILLISECONDS)) {
        control.checkNotCancelled();
      }
      return "done";
    };
  }

  /** Hears nothing, not even an interrupt, until the gate opens. */
  private Work<String> deaf() {
    return control -> {
      started.countDown();
      while (true) {
        try {
          gate.await();
          return "too late";
        } catch (InterruptedException e) {
          // deaf
        }
      }
    };
  }

  @Test
  void runsWorkOnItsOwnThread() throws Exception {
    submit(control -> Thread.currentThread().getName());

    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("site-training"));
  }

  @Test
  void handsProgressOn() throws Exception {
    BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
    runner.<String>submit(
        "work",
        control -> {
          control.progress(3, 9);
          return "done";
        },
        (done, total) -> seen.add(done * 100 + total),
        endings::add);

    awaitEnding();
    assertThat(seen).containsExactly(309L);
  }

  @Test
  void endsCancelledWork() throws Exception {
    Ticket ticket = submit(cooperative());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    ticket.cancel();

    assertThat(awaitEnding()).isEqualTo(new Ending.Cancelled<>());
  }

  @Test
  void runsTheNextWorkAfterACancelledOne() throws Exception {
    Ticket first = submit(cooperative());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    first.cancel();
    submit(control -> "second");

    assertThat(awaitEnding()).isEqualTo(new Ending.Cancelled<>());
    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("second"));
  }

  @Test
  void letsOnlyTheNewestWait() throws Exception {
    Ticket first = submit(cooperative());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    AtomicBoolean secondRan = new AtomicBoolean();
    submit(
        control -> {
          secondRan.set(true);
          return "second";
        });
    submit(control -> "third");
    assertThat(awaitEnding()).isEqualTo(new Ending.Cancelled<>());

    first.cancel();

    assertThat(awaitEnding()).isEqualTo(new Ending.Cancelled<>());
    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("third"));
    assertThat(secondRan).isFalse();
  }

  @Test
  void refusesNewWorkWhileCancelledWorkDoesNotStop() throws Exception {
    Ticket first = submit(deaf());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    first.cancel();
    submit(control -> "second");

    assertThat(awaitEnding())
        .isEqualTo(new Ending.Refused<>("the previous task's training did not stop within 200 ms"));
    submit(control -> "third");
    assertThat(awaitEnding()).isInstanceOf(Ending.Refused.class);

    gate.countDown();
    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("too late"));
    submit(control -> "fourth");
    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("fourth"));
  }

  @Test
  void tellsARefusalsReason() throws Exception {
    submit(
        control -> {
          throw new TaskRefusedException("too short");
        });

    assertThat(awaitEnding()).isEqualTo(new Ending.Refused<>("too short"));
  }

  @Test
  void survivesAnyErrorOfItsWork() throws Exception {
    submit(
        control -> {
          throw new UnsatisfiedLinkError("/secret/lib.so");
        });
    submit(control -> "next");

    assertThat(awaitEnding())
        .isIn(
            new Ending.Refused<>("training failed: UnsatisfiedLinkError"),
            new Ending.Cancelled<>());
    assertThat(awaitEnding()).isEqualTo(new Ending.Finished<>("next"));
  }

  @Test
  void saysThatMemoryRanOut() throws Exception {
    submit(
        control -> {
          throw new OutOfMemoryError("heap");
        });

    assertThat(awaitEnding()).isEqualTo(new Ending.Refused<>("the site ran out of memory"));
  }

  @Test
  void closesWithinItsBoundOverWorkThatDoesNotStop() throws Exception {
    submit(deaf());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    long before = System.nanoTime();
    boolean ended = runner.close();

    assertThat(ended).isFalse();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before)).isBetween(150L, 5_000L);
  }

  @Test
  void refusesWorkOnceItIsClosed() throws Exception {
    assertThat(runner.close()).isTrue();

    submit(control -> "never");

    assertThat(awaitEnding()).isEqualTo(new Ending.Refused<>("the site is shutting down"));
  }
}
