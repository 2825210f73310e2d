package io.tributary.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.simulation.faults.FakeProcess.Death;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class FakeProcessTest {
  private static void runAll(EventQueue events) {
    while (events.step()) {}
  }

  private static EventQueue queue(long seed) {
    return new EventQueue(new SplittableRandom(seed));
  }

  @Test
  void aThreadKeepsItsOrderAndTwoThreadsInterleaveInEveryWay() {
    Set<String> orders = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      EventQueue events = queue(seed);
      FakeProcess process = new FakeProcess("p", events);
      StringBuilder order = new StringBuilder();
      Executor one = process.thread();
      Executor two = process.thread();
      one.execute(() -> order.append("a"));
      one.execute(() -> order.append("b"));
      two.execute(() -> order.append("1"));
      two.execute(() -> order.append("2"));
      runAll(events);
      orders.add(order.toString());
    }
    assertThat(orders).containsExactlyInAnyOrder("ab12", "a1b2", "a12b", "12ab", "1a2b", "1ab2");
  }

  @Test
  void tasksOfAPoolOvertakeEachOther() {
    Set<String> orders = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      EventQueue events = queue(seed);
      Executor pool = new FakeProcess("p", events).pool();
      StringBuilder order = new StringBuilder();
      pool.execute(() -> order.append("a"));
      pool.execute(() -> order.append("b"));
      runAll(events);
      orders.add(order.toString());
    }
    assertThat(orders).containsExactlyInAnyOrder("ab", "ba");
  }

  @Test
  void theSameSeedGivesTheSameOrder() {
    List<String> twice = new ArrayList<>();
    for (int time = 0; time < 2; time++) {
      EventQueue events = queue(42);
      Executor pool = new FakeProcess("p", events).pool();
      StringBuilder order = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        int number = i;
        pool.execute(() -> order.append(number).append('@').append(events.nowMillis()));
      }
      runAll(events);
      twice.add(order.toString());
    }
    assertThat(twice.get(0)).isEqualTo(twice.get(1));
  }

  @Test
  void nothingOfAKilledProcessEverRuns() {
    EventQueue events = queue(1);
    FakeProcess process = new FakeProcess("p", events);
    Executor thread = process.thread();
    List<String> ran = new ArrayList<>();
    thread.execute(
        () -> {
          try {
            ran.add("before");
            thread.execute(() -> ran.add("queued"));
            throw process.endHere(Death.KILLED);
          } finally {
            assertThatThrownBy(() -> thread.execute(() -> {})).isInstanceOf(ProcessEnded.class);
          }
        });
    process.later(1000, () -> ran.add("timer"));
    runAll(events);

    assertThat(ran).containsExactly("before");
    assertThat(process.isAlive()).isFalse();
    assertThat(process.death()).isEqualTo(Death.KILLED);
    assertThat(process.defects()).isEmpty();
  }

  @Test
  void whatATaskThrowsIsADefectAndTheThreadGoesOn() {
    EventQueue events = queue(1);
    FakeProcess process = new FakeProcess("p", events);
    List<String> ran = new ArrayList<>();
    Executor thread = process.thread();
    thread.execute(
        () -> {
          throw new IllegalStateException("a defect");
        });
    thread.execute(() -> ran.add("next"));
    runAll(events);

    assertThat(process.defects()).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(ran).containsExactly("next");
  }

  @Test
  void aStalledProcessDoesNothingAndThenEverything() {
    EventQueue events = queue(1);
    FakeProcess process = new FakeProcess("p", events);
    List<Long> at = new ArrayList<>();
    process.stall(5000);
    process.later(10, () -> at.add(events.nowMillis()));
    process.later(6000, () -> at.add(events.nowMillis()));
    runAll(events);
    assertThat(at).containsExactly(5000L, 6000L);
  }

  @Test
  void aCancelledEventDoesNotHappen() {
    EventQueue events = queue(1);
    List<String> ran = new ArrayList<>();
    Runnable cancel = events.after(5, () -> ran.add("cancelled"));
    events.after(1, cancel);
    runAll(events);
    assertThat(ran).isEmpty();
    assertThat(events.nowMillis()).isEqualTo(1);
  }

  @Test
  void aClockJumpsAndTimeDoesNot() {
    EventQueue events = queue(1);
    FakeClock clock = new FakeClock(events);
    clock.jump(-60_000);
    assertThat(clock.millis()).isEqualTo(FakeClock.START.toEpochMilli() - 60_000);
    assertThat(clock.instant()).isEqualTo(FakeClock.START.minusSeconds(60));
    assertThat(events.nowMillis()).isZero();
  }
}
