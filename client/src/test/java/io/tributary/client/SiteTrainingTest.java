package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.SiteSteps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SiteTrainingTest {
  /** One epoch, or what a site chooses within the range; with something in every other part. */
  static LocalTraining local(SiteSteps range) {
    return new LocalTraining(
        LocalTraining.Optimizer.SGD,
        0.1,
        0.05,
        LocalTraining.Schedule.LINEAR,
        0.02,
        0.5,
        4,
        1,
        null,
        0.3,
        range);
  }

  private static JobSpec job(SiteSteps range) {
    return TestJobs.job().withLocal(local(range));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 25, 40})
  void aNumberWithinTheRangeTakesTheJobsPlace(int steps) {
    SiteSteps range = new SiteSteps(10, 40);

    JobSpec chosen = new SiteTraining(steps).chosen(job(range));

    assertThat(chosen)
        .isEqualTo(
            TestJobs.job()
                .withLocal(
                    new LocalTraining(
                        LocalTraining.Optimizer.SGD,
                        0.1,
                        0.05,
                        LocalTraining.Schedule.LINEAR,
                        0.02,
                        0.5,
                        4,
                        null,
                        steps,
                        0.3,
                        range)));
  }

  @Test
  void withoutAChoiceTheJobIsAsItWas() {
    for (JobSpec job : new JobSpec[] {job(null), job(new SiteSteps(10, 40))}) {
      assertThat(SiteTraining.AS_THE_JOB_SAYS.chosen(job)).isEqualTo(job);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 41})
  void aNumberOutsideTheRangeIsRefusedWithBoth(int steps) {
    assertThatThrownBy(() -> new SiteTraining(steps).chosen(job(new SiteSteps(10, 40))))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("training.steps is " + steps)
        .hasMessageContaining("local.site-steps are 10 to 40")
        .hasMessageContaining("the site must choose a number within them");
  }

  @Test
  void aJobThatLeavesNoChoiceIsRefused() {
    assertThatThrownBy(() -> new SiteTraining(5).chosen(job(null)))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("training.steps is 5 but the job has no local.site-steps")
        .hasMessageContaining("must remove training.steps");
  }

  @Test
  void refusesANumberThatNoJobCouldHave() {
    assertThatThrownBy(() -> new SiteTraining(0)).hasMessageContaining("training.steps is 0");
  }
}
