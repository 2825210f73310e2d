package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunTimerTest {
  private final FakeTimer world = new FakeTimer();
  private final RunTimer timer = new RunTimer(world);
  private final List<Long> rang = new ArrayList<>();

  private Runnable alarm(long atMillis) {
    return timer.schedule(atMillis, () -> rang.add(timer.nowMillis()));
  }

  @Test
  void isTheWorldsClockWhileItRuns() {
    var unused = alarm(world.nowMillis() + 50);
    world.advance(49);
    assertThat(rang).isEmpty();
    world.advance(1);
    assertThat(rang).containsExactly(world.nowMillis());
  }

  @Test
  void standsStillAndGoesOnWithWhatWasLeft() {
    long start = timer.nowMillis();
    var unused = alarm(start + 50);
    world.advance(20);
    timer.standStill(true);
    world.advance(1_000);
    assertThat(timer.nowMillis()).isEqualTo(start + 20);
    assertThat(rang).isEmpty();
    timer.standStill(false);
    world.advance(29);
    assertThat(rang).isEmpty();
    world.advance(1);
    assertThat(rang).containsExactly(start + 50);
  }

  @Test
  void anAlarmThatIsSetWhileItStandsStillWaitsToo() {
    timer.standStill(true);
    long start = timer.nowMillis();
    var unused = alarm(start + 10);
    world.advance(500);
    assertThat(rang).isEmpty();
    timer.standStill(false);
    timer.standStill(false);
    world.advance(10);
    assertThat(rang).containsExactly(start + 10);
  }

  @Test
  void aCancelledAlarmNeverRings() {
    Runnable cancel = alarm(timer.nowMillis() + 10);
    timer.standStill(true);
    cancel.run();
    timer.standStill(false);
    world.advance(100);
    assertThat(rang).isEmpty();
  }
}
