package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.data.NumericSource;
import io.tributary.client.data.NumericTable;
import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tls.SiteName;
import io.tributary.transformer.network.NetworkKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkTrainerTest {
  private static final TaskControl WANTED =
      new TaskControl() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void checkNotCancelled() {}
      };

  @TempDir Path directory;

  private static NumericTable table() {
    return NumericTable.read(
        new NumericSource(IrisJobs.IRIS.resolve("south.csv").toString(), "species", null));
  }

  private static NetworkTrainer trainer(Path program) {
    return new NetworkTrainer(ProgramFile.of(program), NetworkKind.MULTI_LAYER_NETWORK, table());
  }

  private static NetworkTrainer trainer() {
    return trainer(IrisJobs.IRIS.resolve("iris.json"));
  }

  @Test
  void plansWhatItThenDoesAndImprovesByIt() {
    JobSpec job = IrisJobs.job();
    Layout layout = job.model().config().layout();
    float[] weights = InitialWeights.create(layout, job.seed());
    try (NetworkTrainer trainer = trainer()) {
      LocalPlan plan = trainer.plan(job);
      assertThat(plan.exampleCount() + plan.evaluationBytes()).isEqualTo(75);
      assertThat(plan.steps()).isEqualTo(4 * ((plan.exampleCount() + 7) / 8));
      double before = loss(trainer, job, 0, weights);
      LocalUpdate update =
          trainer.train(new TrainingTask(job, 1, new SiteName("south"), weights.clone()), WANTED);
      assertThat(update.exampleCount()).isEqualTo(plan.exampleCount());
      float[] trained = layout.plusTrainableDelta(weights, update.delta());
      assertThat(loss(trainer, job, 1, trained)).isLessThan(0.8 * before);
    }
  }

  private static double loss(NetworkTrainer trainer, JobSpec job, int round, float[] weights) {
    LocalEvaluation judged =
        trainer.evaluate(new EvaluationTask(job, round, weights.clone()), WANTED);
    return judged.natsTotal() / judged.byteCount();
  }

  @Test
  void leavesATaskThatIsCancelled() {
    JobSpec job = IrisJobs.job();
    float[] weights = InitialWeights.create(job.model().config().layout(), 1);
    TaskControl unwanted =
        new TaskControl() {
          @Override
          public void progress(long done, long total) {}

          @Override
          public void checkNotCancelled() {
            throw new TaskCancelledException("the test");
          }
        };
    assertThatThrownBy(
            () ->
                trainer().train(new TrainingTask(job, 1, new SiteName("south"), weights), unwanted))
        .isInstanceOf(TaskCancelledException.class);
  }

  @Test
  void refusesWhatItsDataCannotServe() {
    LocalTraining local = IrisJobs.job().local();
    JobSpec two = IrisJobs.job(DataRules.ofClasses(List.of("setosa", "versicolor")), local);
    assertThatThrownBy(() -> trainer().plan(two))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("1 labels of this site")
        .hasMessageNotContaining("virginica");
  }

  @Test
  void refusesAProximalTermThatTheNetworkWouldNotHave() {
    LocalTraining proximal =
        new LocalTraining(null, 0.1, null, null, null, null, 8, null, 5, 0.1, null);
    assertThatThrownBy(() -> trainer().plan(IrisJobs.job(IrisJobs.job().data(), proximal)))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("local.proximal-mu is 0.1");
  }

  @Test
  void refusesAFileThatChangedAfterItWasNamed() throws IOException {
    Path program = directory.resolve("iris.json");
    Files.copy(IrisJobs.IRIS.resolve("iris.json"), program);
    NetworkTrainer trainer = trainer(program);
    Files.writeString(program, "{}");
    assertThatThrownBy(() -> trainer.plan(IrisJobs.job()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining(ProgramFile.of(program).digest());
  }
}
