package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.RoundRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import org.junit.jupiter.api.Test;

class FateTest {
  private static final RoundRules RULES = Jobs.tiny(9, 7).round();
  private static final int DRAWS = 4_000;

  private static TaskId task(int round, int attempt, TaskId.Kind kind) {
    return new TaskId("run", round, attempt, kind);
  }

  private static Fate fate(long seed, double dropout) {
    return new Fate(seed, dropout, RULES, 100, 1_000);
  }

  @Test
  void sitesDropOutWithTheStatedProbabilityAndNeverWhileTheyEvaluate() {
    for (double dropout : new double[] {0, 0.1, 0.5}) {
      Fate fate = fate(3, dropout);
      int dropped = 0;
      for (int i = 0; i < DRAWS; i++) {
        SiteName site = new SiteName("site-" + i % 40);
        dropped += fate.of(site, task(1 + i / 40, 1, TaskId.Kind.TRAIN), 50).drops() ? 1 : 0;
        assertThat(fate.of(site, task(i / 40, 1, TaskId.Kind.EVALUATE), 50).drops()).isFalse();
      }
      // Five standard deviations.
      double spread = 5 * Math.sqrt(DRAWS * dropout * (1 - dropout));
      assertThat((double) dropped).isBetween(DRAWS * dropout - spread, DRAWS * dropout + spread);
    }
  }

  @Test
  void theSameTaskHasTheSameFateAndAnotherAttemptItsOwn() {
    Fate fate = fate(3, 0.5);
    SiteName site = new SiteName("north");
    int differing = 0;
    for (int round = 1; round <= 64; round++) {
      TaskId first = task(round, 1, TaskId.Kind.TRAIN);
      assertThat(fate.of(site, first, 50)).isEqualTo(fate(3, 0.5).of(site, first, 50));
      differing +=
          fate.of(site, first, 50).drops()
                  == fate.of(site, task(round, 2, TaskId.Kind.TRAIN), 50).drops()
              ? 0
              : 1;
    }
    assertThat(differing).isBetween(10, 54);
  }

  @Test
  void aSiteDropsOutUnderTheSameLotsWhateverTheDropoutIs() {
    // More dropout loses the same sites and more, so that runs can be compared.
    Fate little = fate(3, 0.1);
    Fate much = fate(3, 0.5);
    for (int i = 0; i < DRAWS; i++) {
      SiteName site = new SiteName("site-" + i % 40);
      TaskId task = task(1 + i / 40, 1, TaskId.Kind.TRAIN);
      if (little.of(site, task, 50).drops()) {
        assertThat(much.of(site, task, 50).drops()).isTrue();
      }
    }
  }

  @Test
  void nobodyIsLateByAccident() {
    Fate fate = fate(3, 0);
    for (int i = 0; i < DRAWS; i++) {
      SiteName site = new SiteName("site-" + i);
      assertThat(fate.of(site, task(1, 1, TaskId.Kind.TRAIN), 100).millis())
          .isBetween(1L, RULES.deadlineMillis() / 8);
      assertThat(fate.of(site, task(1, 1, TaskId.Kind.EVALUATE), 1_000).millis())
          .isBetween(1L, RULES.evaluationDeadlineMillis() / 8);
    }
  }
}
