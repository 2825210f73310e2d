package io.tributary.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.simulation.faults.Fault.Trigger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The real coordinator and the real sites keep every promise, whatever goes wrong. */
class SimulationTest {
  /** Schedules that are played; {@code -Dtributary.schedules=N} plays another number. */
  private static final long SCHEDULES = Long.getLong("tributary.schedules", 10_000);

  private static final long[] ONCE_BROKEN = {
    12, 16, 19, 30, 132, 216, 526, 644, 930, 1_089, 8_159, 11_723, 25_201, 26_493, 30_573, 31_426
  };

  private static final int THREADS = 2;
  private static final int MAX_REPORTED = 3;

  @Test
  void everyPromiseIsKeptInEverySchedule() throws InterruptedException {
    AtomicLong next = new AtomicLong(1);
    ConcurrentLinkedQueue<Long> broken = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    AtomicLong published = new AtomicLong();
    AtomicLong died = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    for (int i = 0; i < THREADS; i++) {
      threads.execute(
          () -> {
            for (long seed = next.getAndIncrement();
                seed <= SCHEDULES && broken.size() + errors.size() < MAX_REPORTED;
                seed = next.getAndIncrement()) {
              Verdict verdict = Simulation.run(seed);
              published.addAndGet(verdict.publishedRounds());
              died.addAndGet(verdict.deaths());
              if (verdict.violation().isPresent()) {
                broken.add(seed);
              }
              for (String error : ErrorLog.take()) {
                errors.add("seed " + seed + ": " + error);
              }
            }
          });
    }
    threads.shutdown();
    assertThat(threads.awaitTermination(1, TimeUnit.HOURS)).isTrue();

    StringBuilder reports = new StringBuilder();
    for (long seed : broken) {
      reports.append(Simulation.run(Schedule.of(seed), Build.SOUND, Replay.TRACE_LINES).report());
    }
    assertThat(broken).as("%s", reports).isEmpty();
    assertThat(errors).isEmpty();
    // What is played is neither idle nor hopeless.
    assertThat(published.get()).isGreaterThan(SCHEDULES);
    assertThat(died.get()).isGreaterThan(SCHEDULES / 2);
  }

  @Test
  void seedsThatOnceFoundADefectFindNoneNow() {
    for (long seed : ONCE_BROKEN) {
      Verdict verdict = Simulation.run(seed);
      assertThat(verdict.violation()).as("seed %d", seed).isEmpty();
      assertThat(ErrorLog.take()).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void aSeedGivesTheSameCourseAgain() {
    for (long seed = 1; seed <= 40; seed++) {
      Verdict once = Simulation.run(seed);
      Verdict again = Simulation.run(Schedule.of(seed), Build.SOUND, 50);
      assertThat(again.fingerprint()).as("seed %d", seed).isEqualTo(once.fingerprint());
      assertThat(again.events()).isEqualTo(once.events());
      assertThat(again.finalDigest()).isEqualTo(once.finalDigest());
      assertThat(again.trace()).isNotEmpty();
    }
  }

  @Test
  void theModelIsThatOfTheRunWithoutFaultsWhenTheParticipantsAreTheSame() {
    int compared = 0;
    for (long seed = 1; seed <= 400; seed++) {
      Schedule drawn = Schedule.of(seed);
      RoundRules rules = drawn.job().round().withCohort(drawn.sites(), drawn.sites());
      Schedule everybody = // who is asked is everybody, and everybody must be in the model
          new Schedule(
              seed,
              drawn.sites(),
              false,
              false,
              true,
              drawn.keeping(),
              drawn
                  .job()
                  .with(
                      drawn.job().seed(),
                      drawn.job().rounds(),
                      new RoundRules(
                          rules.cohort(),
                          1.0,
                          rules.quorum(),
                          rules.deadlineMillis(),
                          rules.rejoinGraceMillis(),
                          rules.evaluationDeadlineMillis(),
                          rules.startWaitMillis(),
                          rules.maxAttempts())),
              drawn.faults(),
              drawn.calmAfterMillis());
      Verdict faulty = Simulation.run(everybody, Build.SOUND, 0);
      assertThat(faulty.violation()).as("seed %d", seed).isEmpty();
      Verdict faultless = Simulation.run(everybody.withoutFaults(), Build.SOUND, 0);
      // Either may fail for good, when a site trains beyond the deadline too often.
      if (faulty.deaths() > 0
          && faulty.publishedRounds() == everybody.job().rounds()
          && faultless.publishedRounds() == everybody.job().rounds()) {
        assertThat(faulty.finalDigest())
            .as("seed %d", seed)
            .isEqualTo(faultless.finalDigest())
            .hasSize(64);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(100);
  }

  @Test
  void withoutFaultsNothingIsDroppedAndNobodyDies() {
    for (long seed = 1; seed <= 50; seed++) {
      Verdict verdict = Simulation.run(Schedule.of(seed).withoutFaults(), Build.SOUND, 0);
      assertThat(verdict.violation()).as("seed %d", seed).isEmpty();
      assertThat(verdict.publishedRounds()).isEqualTo(verdict.schedule().job().rounds());
      assertThat(verdict.deaths()).isZero();
    }
  }

  @Test
  void aThirdOfTheSchedulesHasAnOptimizerWhoseStateMustSurvive() {
    long stateful = 0;
    for (long seed = 1; seed <= 300; seed++) {
      ServerRules.Optimizer optimizer = Schedule.of(seed).job().server().optimizer();
      stateful += optimizer == ServerRules.Optimizer.YOGI ? 1 : 0;
    }
    assertThat(stateful).isBetween(60L, 140L);
  }

  @Test
  void schedulesHoldEveryKindOfFaultAndEveryMoment() {
    Set<Object> seen = new HashSet<>();
    for (long seed = 1; seed <= 2_000; seed++) {
      for (Fault fault : Schedule.of(seed).faults()) {
        seen.add(fault.getClass());
        if (fault instanceof Fault.Death death) {
          seen.add(death.how());
          seen.add(death.survival());
          seen.add(death.trigger().getClass());
          if (death.trigger() instanceof Trigger.AtMoment at) {
            seen.add(at.moment());
          }
        }
      }
    }
    List<Object> all = new ArrayList<>(List.of(Fault.class.getPermittedSubclasses()));
    all.remove(Fault.PartitionAt.class); // of PartitionTest
    all.addAll(List.of(Trigger.class.getPermittedSubclasses()));
    all.addAll(EnumSet.allOf(FakeProcess.Death.class));
    all.addAll(EnumSet.allOf(io.tributary.simulation.faults.disk.Survival.class));
    all.addAll(EnumSet.allOf(io.tributary.common.store.CrashMoment.class));
    assertThat(seen).containsAll(all);
  }
}
