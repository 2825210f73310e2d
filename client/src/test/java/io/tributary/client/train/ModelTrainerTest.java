package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.client.data.DataSource;
import io.tributary.client.data.SiteData;
import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.Task;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tls.SiteName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the real engine, on a model of a few thousand parameters. */
final class ModelTrainerTest {
  private static final SiteName SITE = new SiteName("north");

  @TempDir private Path directory;
  private ModelTrainer trainer;

  @BeforeEach
  void open() throws Exception {
    Path text =
        Files.writeString(directory.resolve("text.txt"), "to be or not to be, it is. ".repeat(80));
    trainer = new ModelTrainer(SiteData.read(DataSource.of(text.toString()), null));
  }

  @AfterEach
  void close() {
    trainer.close();
  }

  private static JobSpec job(LocalTraining local, String seedOf) {
    return new JobSpec(
        "tiny",
        (long) seedOf.length(),
        4,
        Task.LANGUAGE_MODEL,
        new ModelSpec(null, 256, 8, 1, 2, 16, 8),
        DataRules.DEFAULT,
        local,
        new RoundRules(1, null, null, null, null, null, null, null),
        UpdateRules.DEFAULT);
  }

  private static LocalTraining adamW(double rate, int steps) {
    return new LocalTraining(null, rate, null, null, null, null, 4, null, steps);
  }

  private static float[] weights(JobSpec job) {
    return InitialWeights.create(job.model().config().layout(), 5);
  }

  private LocalUpdate train(JobSpec job, int round) {
    return trainer.train(new TrainingTask(job, round, SITE, weights(job)), new Recorder());
  }

  @Test
  void learnsWhatItIsGivenAndSaysHowMuch() {
    JobSpec job = job(adamW(0.01, 30), "seed");
    float[] before = weights(job);

    LocalUpdate update = train(job, 1);
    float[] after = job.model().config().layout().plusTrainableDelta(before, update.delta());
    LocalEvaluation was = evaluate(job, before);
    LocalEvaluation is = evaluate(job, after);

    assertThat(was.natsTotal() / was.byteCount()).isCloseTo(Math.log(256), within(0.2));
    assertThat(is.natsTotal()).isLessThan(0.8 * was.natsTotal());
    assertThat(update.metrics().get(JobSpec.TRAINING_METRICS.get(0))).isBetween(1.0, 5.6);
    assertThat(is.byteCount()).isEqualTo(trainer.plan(job).evaluationBytes());
    assertThat(update.exampleCount()).isEqualTo(trainer.plan(job).exampleCount());
  }

  private LocalEvaluation evaluate(JobSpec job, float[] weights) {
    return trainer.evaluate(new EvaluationTask(job, 0, weights), new Recorder());
  }

  @Test
  void startsEachTaskFromNothingButItsSeed() {
    JobSpec job = job(adamW(0.01, 3), "seed");

    float[] first = train(job, 1).delta();
    train(job, 2);

    // Neither optimizer state nor a position in the text is left over from the tasks between.
    assertThat(train(job, 1).delta()).isEqualTo(first);
    assertThat(train(job, 2).delta()).isNotEqualTo(first);
  }

  @Test
  void trainsAtTheRateOfTheRound() {
    LocalTraining falling =
        new LocalTraining(
            LocalTraining.Optimizer.SGD,
            0.1,
            1e-9,
            LocalTraining.Schedule.LINEAR,
            0.0,
            null,
            4,
            null,
            2);
    JobSpec job = job(falling, "seed");

    assertThat(largest(train(job, 1).delta())).isGreaterThan(1e-4);
    assertThat(largest(train(job, 4).delta())).isLessThan(1e-7);
  }

  private static double largest(float[] delta) {
    double largest = 0;
    for (float value : delta) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @Test
  void reportsEveryStepAndStopsWhenCancelled() {
    JobSpec job = job(adamW(0.01, 6), "seed");
    Recorder recorder = new Recorder();
    trainer.train(new TrainingTask(job, 1, SITE, weights(job)), recorder);
    assertThat(recorder.seen).containsExactly("1/6", "2/6", "3/6", "4/6", "5/6", "6/6");

    Recorder cancelled = new Recorder();
    cancelled.cancelAfter = 2;
    assertThatThrownBy(() -> trainer.train(new TrainingTask(job, 1, SITE, weights(job)), cancelled))
        .isInstanceOf(TaskCancelledException.class);
    assertThat(cancelled.seen).hasSize(2);
  }

  @Test
  void reportsAnEvaluationsBytesBatchByBatch() {
    JobSpec job = job(adamW(0.01, 6), "seed");
    long bytes = trainer.plan(job).evaluationBytes();
    Recorder recorder = new Recorder();

    trainer.evaluate(new EvaluationTask(job, 0, weights(job)), recorder);

    assertThat(recorder.seen)
        .hasSizeGreaterThan(1)
        .doesNotHaveDuplicates()
        .allMatch(seen -> seen.endsWith("/" + bytes))
        .last()
        .isEqualTo(bytes + "/" + bytes);
  }

  @Test
  void refusesWhenTrainingDiverges() {
    LocalTraining wild =
        new LocalTraining(LocalTraining.Optimizer.SGD, 10.0, null, null, 0.0, 1e30, 4, null, 200);
    float[] weights = weights(job(wild, "seed"));
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= 0x1p60f;
    }

    assertThatThrownBy(
            () ->
                trainer.train(
                    new TrainingTask(job(wild, "seed"), 1, SITE, weights), new Recorder()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("diverged");
  }

  @Test
  void plansTheSameSplitForTheSameJobOnly() {
    LocalPlan plan = trainer.plan(job(adamW(0.01, 3), "seed"));

    assertThat(plan).isEqualTo(trainer.plan(job(adamW(0.01, 3), "seed")));
    assertThat(plan.steps()).isEqualTo(3);
    LocalTraining epochs = new LocalTraining(null, 0.01, null, null, null, null, 4, 2, null);
    assertThat(trainer.plan(job(epochs, "seed")).steps())
        .isEqualTo((2 * plan.exampleCount() + 3) / 4);
  }

  @Test
  void refusesMoreStepsThanCanBeCounted() {
    LocalTraining endless = new LocalTraining(null, 0.01, null, null, null, null, 1, 10_000, null);
    byte[] long1 = new byte[40_000_000];
    Arrays.fill(long1, (byte) 'a');
    Path file = directory.resolve("long.txt");

    assertThatThrownBy(
            () -> {
              Files.write(file, long1);
              new ModelTrainer(SiteData.read(DataSource.of(file.toString()), null))
                  .plan(job(endless, "seed"));
            })
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("more than 2147483647 steps");
  }

  @Test
  void derivesBatchesFromSeedSiteAndRoundOnly() {
    JobSpec job = job(adamW(0.01, 3), "seed");
    TrainingTask task = new TrainingTask(job, 1, SITE, weights(job));

    assertThat(new TrainingTask(job, 1, SITE, weights(job)).batchSeed())
        .isEqualTo(task.batchSeed());
    assertThat(
            List.of(
                new TrainingTask(job, 2, SITE, weights(job)).batchSeed(),
                new TrainingTask(job, 1, new SiteName("south"), weights(job)).batchSeed(),
                new TrainingTask(job(adamW(0.01, 3), "other seed"), 1, SITE, weights(job))
                    .batchSeed()))
        .doesNotContain(task.batchSeed())
        .doesNotHaveDuplicates();
  }

  private static final class Recorder implements TaskControl {
    private final List<String> seen = new ArrayList<>();
    private int cancelAfter = Integer.MAX_VALUE;

    @Override
    public void progress(long done, long total) {
      seen.add(done + "/" + total);
    }

    @Override
    public void checkNotCancelled() {
      if (seen.size() >= cancelAfter) {
        throw new TaskCancelledException("test");
      }
    }
  }
}
