package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class VirtualLoopTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> seen = new ArrayList<>();

  private void saw(String what) {
    seen.add(what + "@" + loop.nowMillis());
  }

  @Test
  void timeJumpsToTheNextEventInOrder() {
    Runnable unused = loop.schedule(86_400_000, () -> saw("day"));
    unused = loop.schedule(5, () -> saw("b"));
    unused = loop.schedule(5, () -> saw("c"));
    loop.execute(() -> saw("a"));
    assertThat(loop.runUntil(() -> seen.size() == 4)).isTrue();
    assertThat(seen).containsExactly("a@0", "b@5", "c@5", "day@86400000");
  }

  @Test
  void whatIsAskedForNowRunsAfterWhatWasAskedForBefore() {
    loop.execute(
        () -> {
          saw("first");
          loop.execute(() -> saw("third"));
        });
    loop.execute(() -> saw("second"));
    assertThat(loop.runUntil(() -> seen.size() == 3)).isTrue();
    assertThat(seen).containsExactly("first@0", "second@0", "third@0");
  }

  @Test
  void timeDoesNotPassForWhatWasCancelled() {
    loop.schedule(1_000, () -> saw("never")).run();
    Runnable unused = loop.schedule(-5, () -> saw("late"));
    assertThat(loop.runUntil(() -> false)).isFalse(); // nothing is left
    assertThat(seen).containsExactly("late@0");
    assertThat(loop.nowMillis()).isZero();
  }

  @Test
  void anotherThreadIsRefused() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread other = new Thread(() -> loop.execute(() -> {}), "stranger");
    other.setUncaughtExceptionHandler((thread, failure) -> thrown.set(failure));
    other.start();
    other.join();
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              throw (RuntimeException) thrown.get();
            })
        .withMessageContaining("stranger");
  }
}
