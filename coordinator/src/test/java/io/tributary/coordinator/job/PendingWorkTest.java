package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PendingWorkTest {
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final PendingWork pending = new PendingWork(queue::add);
  private final List<Object> seen = new ArrayList<>();

  private void drain() {
    while (!queue.isEmpty()) {
      queue.remove().run();
    }
  }

  @Test
  void answersOnTheOwnersThreadWithWhatTheWorkThrew() {
    IOException full = new IOException("no space");
    CompletableFuture<String> future = new CompletableFuture<>();
    pending.whenDone(future.thenApply(value -> value), seen::add, seen::add);
    boolean unusedFirst = future.completeExceptionally(new UncheckedIOException(full));
    assertThat(seen).isEmpty();
    drain();
    assertThat(seen).containsExactly(full);
  }

  @Test
  void isIdleOnceWhatFollowedTheWorkIsDoneToo() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    pending.whenDone(first, value -> pending.whenDone(second, seen::add, seen::add), failure -> {});
    pending.whenIdle(() -> seen.add("idle"));
    boolean unusedFirst = first.complete("first");
    drain();
    assertThat(seen).isEmpty();
    boolean unusedSecond = second.complete("second");
    drain();
    assertThat(seen).containsExactly("second", "idle");
  }

  @Test
  void isIdleAtOnceWithoutWork() {
    pending.whenIdle(() -> seen.add("idle"));
    assertThat(seen).containsExactly("idle");
  }
}
