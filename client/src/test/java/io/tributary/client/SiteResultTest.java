package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.wire.Manifest;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SiteResultTest {
  private static final LocalPlan PLAN = new LocalPlan(2_000, 5, 7);
  private static final String METRIC = JobSpec.TRAINING_METRICS.get(0);

  private static LocalUpdate update(float value, Map<String, Double> metrics) {
    float[] delta = new float[TestJobs.layout().trainableCount()];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = value * (i % 7 - 3);
    }
    return new LocalUpdate(delta, 2_000, metrics);
  }

  @Test
  void holdsWhatAnAgentSendsForTheSameUpdate() {
    JobSpec job = TestJobs.job(new UpdateRules(null, 1_500L, 0.5));
    Map<String, Double> metrics = Map.of(METRIC, 1.5, "undeclared", 2.0);

    SiteResult result = SiteResult.of(job, PLAN, update(0.25f, metrics), TestJobs.LIMITS);

    // Through the pipeline (here it clips), as little-endian floats.
    float[] prepared = new UpdateTerms(job, PLAN, TestJobs.LIMITS).prepare(update(0.25f, metrics));
    assertThat(prepared).isNotEqualTo(update(0.25f, metrics).delta());
    assertThat(result.bytes()).isEqualTo(TestJobs.bytes(prepared));
    assertThat(result.manifest())
        .isEqualTo(
            Manifest.of(
                ByteBuffer.wrap(TestJobs.bytes(prepared)),
                TestJobs.LIMITS.chunkBytesFor(result.bytes().length)));
    assertThat(result.weight()).isEqualTo(1_500);
    assertThat(result.metrics()).isEqualTo(Map.of(METRIC, 1.5));
  }

  @Test
  void whatMustNotLeaveIsRefused() {
    assertThatThrownBy(
            () -> SiteResult.of(TestJobs.job(), PLAN, update(Float.NaN, Map.of()), TestJobs.LIMITS))
        .isInstanceOf(TaskRefusedException.class);
    assertThatThrownBy(
            () -> SiteResult.of(TestJobs.job(), PLAN, update(9, Map.of()), TestJobs.LIMITS))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("update.max-abs");
    assertThatThrownBy(() -> SiteResult.of(new LocalEvaluation(Double.NaN, 5)))
        .isInstanceOf(TaskRefusedException.class);
    assertThatThrownBy(() -> SiteResult.of(new LocalEvaluation(1, 0)))
        .isInstanceOf(TaskRefusedException.class);
    LocalEvaluation sound = new LocalEvaluation(2.5, 5);
    assertThat(SiteResult.of(sound)).isEqualTo(sound);
  }
}
