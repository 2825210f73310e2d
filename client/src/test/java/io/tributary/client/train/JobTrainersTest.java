package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ExternalConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobTrainersTest {
  private final List<String> closed = new ArrayList<>();

  /** A trainer that is known by its plan. */
  private final class Named implements LocalTrainer {
    private final int number;

    private Named(int number) {
      this.number = number;
    }

    @Override
    public LocalPlan plan(JobSpec job) {
      return new LocalPlan(number, number, number);
    }

    @Override
    public LocalUpdate train(TrainingTask task, TaskControl control) {
      throw new UnsupportedOperationException("not asked here");
    }

    @Override
    public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
      return new LocalEvaluation(number, number);
    }

    @Override
    public void close() {
      closed.add("trainer " + number);
    }
  }

  private static JobSpec text() {
    return JobSpec.read(IrisJobs.IRIS.resolveSibling("jobs").resolve("shakespeare.yaml"));
  }

  private static String irisProgram() {
    return ((ExternalConfig) IrisJobs.job().model().config()).program();
  }

  @Test
  void goesByWhatTheJobNames() {
    LocalTrainer trainers =
        new JobTrainers(
            new Named(1), Map.of(irisProgram(), new Named(2), "0".repeat(64), new Named(3)));
    assertThat(trainers.plan(text()).steps()).isEqualTo(1);
    assertThat(trainers.plan(IrisJobs.job()).steps()).isEqualTo(2);
    float[] weights = new float[IrisJobs.job().model().config().layout().parameterCount()];
    assertThat(trainers.evaluate(new EvaluationTask(IrisJobs.job(), 0, weights), null).byteCount())
        .isEqualTo(2);
    trainers.close();
    assertThat(closed).containsExactlyInAnyOrder("trainer 1", "trainer 2", "trainer 3");
  }

  @Test
  void refusesAProgramThatTheSiteHasNot() {
    LocalTrainer trainers = new JobTrainers(new Named(1), Map.of("0".repeat(64), new Named(3)));
    assertThatThrownBy(() -> trainers.plan(IrisJobs.job()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining(irisProgram());
  }

  @Test
  void refusesTextsWhereThereAreNone() {
    LocalTrainer trainers = new JobTrainers(null, Map.of(irisProgram(), new Named(2)));
    assertThatThrownBy(() -> trainers.plan(text()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("no texts");
  }
}
