package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OwnerThreadTest {
  private final OwnerThread owner = new OwnerThread();

  @AfterEach
  void close() {
    owner.close();
  }

  @Test
  void reportsADefectAndGoesOn() throws Exception {
    CompletableFuture<Throwable> reported = new CompletableFuture<>();
    owner.onFailure(reported::complete);
    owner.execute(
        () -> {
          throw new IllegalStateException("defect");
        });
    assertThat(reported.get(10, TimeUnit.SECONDS)).hasMessage("defect");
    CompletableFuture<Void> next = new CompletableFuture<>();
    owner.execute(() -> next.complete(null));
    assertThat(next.get(10, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void runsTimersOnTheSameThreadAndNotBeforeTheirTime() throws Exception {
    CompletableFuture<Thread> task = CompletableFuture.supplyAsync(Thread::currentThread, owner);
    CompletableFuture<Thread> timer = new CompletableFuture<>();
    long at = owner.nowMillis() + 30;
    Runnable unusedCancel = owner.schedule(at, () -> timer.complete(Thread.currentThread()));
    assertThat(timer.get(10, TimeUnit.SECONDS)).isSameAs(task.get(10, TimeUnit.SECONDS));
    assertThat(owner.nowMillis()).isGreaterThanOrEqualTo(at - 1);
  }

  @Test
  void aCancelledTimerDoesNotRun() throws Exception {
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    CompletableFuture<Void> later = new CompletableFuture<>();
    owner.schedule(owner.nowMillis() + 20, () -> cancelled.complete(null)).run();
    Runnable unusedCancel = owner.schedule(owner.nowMillis() + 60, () -> later.complete(null));
    assertThat(later.get(10, TimeUnit.SECONDS)).isNull();
    assertThat(cancelled).isNotDone();
  }

  @Test
  void dropsWorkQuietlyAfterTheEnd() {
    owner.close();
    CompletableFuture<Void> never = new CompletableFuture<>();
    owner.execute(() -> never.complete(null));
    owner.schedule(0, () -> never.complete(null)).run();
    assertThat(never).isNotDone();
  }
}
