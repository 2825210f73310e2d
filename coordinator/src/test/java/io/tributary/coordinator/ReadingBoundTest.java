package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.wire.WireConnection;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class ReadingBoundTest {
  private final Deque<Runnable> posted = new ArrayDeque<>();
  private boolean paused;
  private final ReadingBudget budget = new ReadingBudget();
  private final ReadingBound bound = new ReadingBound(connection(), budget);

  /**
   * As the wire does it: a pause comes on the event loop and counts at once, a resume is posted.
   */
  private WireConnection connection() {
    return (WireConnection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {WireConnection.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "pauseReading" -> paused = true;
                case "resumeReading" -> posted.add(() -> paused = false);
                default -> throw new AssertionError(method + " is not for the bound to call");
              }
              return null;
            });
  }

  private void enter(int items) {
    for (int i = 0; i < items; i++) {
      bound.enter(1);
    }
  }

  private void runPosted() {
    while (!posted.isEmpty()) {
      posted.remove().run();
    }
  }

  @Test
  void pausesAtTheBoundAndReadsOnBelowIt() {
    enter(ReadingBound.MAX_WAITING - 1);
    assertThat(paused).isFalse();
    enter(1);
    assertThat(paused).isTrue();
    bound.leave(1);
    runPosted();
    assertThat(paused).isFalse();
  }

  @Test
  void pausesAgainWhenAnOlderResumeOvertookThePause() {
    enter(ReadingBound.MAX_WAITING);
    bound.leave(1); // posts a resume
    enter(1); // pauses before that resume runs
    runPosted();
    assertThat(paused).isFalse();
    enter(1);
    assertThat(paused).isTrue();
    bound.leave(1);
    bound.leave(1);
    runPosted();
    assertThat(paused).isFalse();
  }

  @Test
  void waitsForOthersWhenAllTogetherHaveTooMuch() {
    ReadingBound other = new ReadingBound(connection(), budget);
    long most = ReadingBudget.MAX_WAITING_BYTES;
    bound.enter(most - 1);
    assertThat(paused).isFalse();
    other.enter(1);
    assertThat(paused).as("the connection that went beyond it").isTrue();
    other.leave(1);
    runPosted();
    assertThat(paused).as("there is no room for a batch yet").isTrue();
    bound.leave(ReadingBudget.BATCH_BYTES);
    runPosted();
    assertThat(paused).isFalse();
  }

  @Test
  void readsOnOnlyWhenBothBoundsAllow() {
    enter(ReadingBound.MAX_WAITING - 1);
    bound.enter(ReadingBudget.MAX_WAITING_BYTES);
    bound.leave(ReadingBudget.MAX_WAITING_BYTES); // room for all again, and one item fewer
    runPosted();
    assertThat(paused).isFalse();
    bound.enter(ReadingBudget.MAX_WAITING_BYTES); // the eighth item
    bound.enter(1);
    bound.leave(ReadingBudget.MAX_WAITING_BYTES); // room, but still eight items
    runPosted();
    assertThat(paused).isTrue();
    bound.leave(1);
    runPosted();
    assertThat(paused).isFalse();
  }
}
