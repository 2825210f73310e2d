package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tributary.client.data.DataSource;
import io.tributary.client.data.SiteData;
import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.ModelTrainer;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.sum.FixedPointSum;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tls.SiteName;
import io.tributary.transformer.DeviceReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One round of two sites without a network: TRAIN, what leaves, its sum, EVALUATE. */
final class FederatedRoundTest {
  private static final TaskControl UNINTERRUPTED =
      new TaskControl() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void checkNotCancelled() {}
      };

  @TempDir private Path directory;

  private final JobSpec job =
      TestJobs.job(
          UpdateRules.DEFAULT, new LocalTraining(null, 0.01, null, null, null, null, 4, null, 20));

  @Test
  void lowersTheLossOfBothSites() throws Exception {
    assertOneRoundLowersTheLoss();
  }

  /** Runs where the build has {@code -Pcuda} and a card is there. */
  @Test
  @Tag("gpu")
  void lowersTheLossOfBothSitesOnTheCard() throws Exception {
    boolean cuda = DeviceReport.read().backend().contains("CUDA");
    if (!cuda) {
      System.out.println(
          "skipped FederatedRoundTest on the card: ND4J runs on the CPU; build with -Pcuda on a"
              + " machine with a card");
    }
    assumeTrue(cuda, "ND4J runs on the CPU");
    assertOneRoundLowersTheLoss();
  }

  private void assertOneRoundLowersTheLoss() throws Exception {
    Layout layout = job.model().config().layout();
    float[] before = TestJobs.weights(5);
    FixedPointSum sum = new FixedPointSum(job.fixedPoint(), layout.trainableCount());
    sum.reset(layout.trainableCount());
    long weights = 0;
    List<SiteName> names = List.of(new SiteName("north"), new SiteName("south"));
    List<String> texts = List.of("to be or not to be, it is. ", "the rest is silence, my lord. ");
    double lossBefore = 0;
    try (ModelTrainer north = trainer(texts.get(0));
        ModelTrainer south = trainer(texts.get(1))) {
      List<ModelTrainer> trainers = List.of(north, south);
      for (int i = 0; i < trainers.size(); i++) {
        ModelTrainer trainer = trainers.get(i);
        UpdateTerms terms = new UpdateTerms(job, trainer.plan(job), TestJobs.LIMITS);
        lossBefore += natsPerByte(trainer, 0, before);
        LocalUpdate update =
            trainer.train(new TrainingTask(job, 1, names.get(i), before.clone()), UNINTERRUPTED);
        sum.add(terms.prepare(update), terms.weight());
        weights += terms.weight();
      }
      float[] mean = new float[layout.trainableCount()];
      double[] exact = new double[mean.length];
      sum.mean(weights, exact);
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (float) exact[i];
      }
      float[] after = layout.plusTrainableDelta(before, mean);
      double lossAfter = 0;
      for (ModelTrainer trainer : trainers) {
        lossAfter += natsPerByte(trainer, 1, after);
      }
      assertThat(lossAfter).isLessThan(0.9 * lossBefore);
    }
  }

  private ModelTrainer trainer(String text) throws Exception {
    Path file = Files.createTempFile(directory, "text", ".txt");
    return new ModelTrainer(
        SiteData.read(DataSource.of(Files.writeString(file, text.repeat(80)).toString()), null));
  }

  private double natsPerByte(ModelTrainer trainer, int round, float[] weights) {
    LocalEvaluation evaluation =
        trainer.evaluate(new EvaluationTask(job, round, weights.clone()), UNINTERRUPTED);
    return evaluation.natsTotal() / evaluation.byteCount();
  }
}
