package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.WorkBench.Ending;
import io.tributary.client.WorkBench.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two sites' runners on one thread. */
@Timeout(30)
final class TrainingThreadTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final TrainingThread thread = new TrainingThread();
  private final TaskRunner north = new TaskRunner(5_000, timer, thread);
  private final TaskRunner south = new TaskRunner(5_000, timer, thread);
  private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void stop() {
    gate.countDown();
    north.close();
    south.close();
    thread.close();
    timer.shutdownNow();
  }

  private Ticket submit(TaskRunner runner, String name) {
    return runner.<String>submit(
        name,
        control -> {
          started.countDown();
          gate.await();
          return name;
        },
        (done, total) -> {},
        ending -> ended.add(ending instanceof Ending.Finished<String> f ? f.result() : "no"));
  }

  private List<String> awaitEndings(int count) throws InterruptedException {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(ended.poll(10, TimeUnit.SECONDS));
    }
    return all;
  }

  @Test
  void aSitesNextWorkComesAfterThatOfTheOthers() throws Exception {
    submit(north, "north 1");
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    submit(north, "north 2");
    submit(south, "south 1");
    gate.countDown();

    assertThat(awaitEndings(3)).containsExactly("north 1", "south 1", "north 2");
  }

  @Test
  void workThatIsCancelledBeforeItsTurnCostsNobodyAnything() throws Exception {
    submit(north, "north 1");
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    Ticket south1 = submit(south, "south 1");
    south1.cancel();
    assertThat(awaitEndings(1)).containsExactly("no");
    submit(south, "south 2");
    gate.countDown();

    assertThat(awaitEndings(2)).containsExactly("north 1", "south 2");
  }

  @Test
  void closingOneSiteLeavesTheOthersAtWork() throws Exception {
    submit(north, "north 1");
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(south.close()).as("it has nothing running, and does not wait").isTrue();
    gate.countDown();
    assertThat(awaitEndings(1)).containsExactly("north 1");
    submit(north, "north 2");

    assertThat(awaitEndings(1)).containsExactly("north 2");
  }
}
