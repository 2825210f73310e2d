package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.wire.WireLimits;
import org.junit.jupiter.api.Test;

class JobFitTest {
  private static final JobSpec JOB =
      new JobSpec(
          "fit",
          1L,
          1,
          null,
          new ModelSpec(null, 256, 16, 1, 2, 32, 16),
          null,
          new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
          new RoundRules(4, 1.0, 1, null, null, null, null, null),
          null);
  private static final long MODEL_BYTES = 4L * JOB.model().config().layout().parameterCount();

  private static WireLimits limits(long maxBlobBytes) {
    return new CoordinatorConfig.Limits(null, maxBlobBytes, null, null, null, null, null).wire();
  }

  @Test
  void acceptsAJobThatJustFits() {
    assertThatCode(() -> JobFit.require(JOB, limits(MODEL_BYTES), 7 * MODEL_BYTES))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesARoundThatNoLogEntryCanName() {
    JobSpec crowd = JOB.with(1L, 1, new RoundRules(2_049, 1.0, 1, null, null, null, null, null));
    assertThatThrownBy(() -> JobFit.require(crowd, limits(MODEL_BYTES), Long.MAX_VALUE))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("a round asks 2049 sites")
        .hasMessageContaining("2048")
        .hasMessageContaining("lower round.cohort");
  }

  @Test
  void refusesAModelBeyondTheWireLimit() {
    assertThatThrownBy(() -> JobFit.require(JOB, limits(MODEL_BYTES - 1), 7 * MODEL_BYTES))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(MODEL_BYTES + " bytes cannot be sent");
  }

  @Test
  void refusesARoundThatTheDiskCannotHold() {
    assertThatThrownBy(() -> JobFit.require(JOB, limits(MODEL_BYTES), 7 * MODEL_BYTES - 1))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("4 updates of " + MODEL_BYTES + " bytes and 3 models")
        .hasMessageContaining("lower round.cohort");
  }

  @Test
  void countsTheStateOfTheServersOptimizer() {
    JobSpec adam =
        JOB.withServer(
            new ServerRules(ServerRules.Optimizer.ADAM, null, null, null, null, null, null, null));
    long needed = 7 * MODEL_BYTES + 2 * 2 * MODEL_BYTES; // two vectors, the head's and the next
    assertThatCode(() -> JobFit.require(adam, limits(MODEL_BYTES), needed))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> JobFit.require(adam, limits(MODEL_BYTES), needed - 1))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("and 2 optimizer states of " + 2 * MODEL_BYTES + " bytes");
  }
}
