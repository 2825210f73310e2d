package io.tributary.client.train;

import io.tributary.client.data.SiteData;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.ConfusionMatrix;
import io.tributary.transformer.Evaluation;
import io.tributary.transformer.LocalModelTrainer;
import io.tributary.transformer.TrainingDivergedException;
import io.tributary.transformer.TrainingResult;
import io.tributary.transformer.TrainingSettings;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.UnitedExamples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One engine at work on anybody's data: what {@link ModelTrainer} does with its site's data, and a
 * simulator's worker with the data of all its sites, one after the other.
 *
 * <p>Nothing of one task is left for the next: results depend on the task and the data alone. ND4J
 * is loaded by the first task. All but {@link #plan} and {@link #close} belong to one thread.
 */
public final class ModelWork implements AutoCloseable {
  private static final double ADAM_BETA_1 = 0.9;
  private static final double ADAM_BETA_2 = 0.999;
  private static final double ADAM_EPSILON = 1e-8;

  private final int encodingThreads;
  private LocalModelTrainer model; // the training thread's, until close

  /** One thread for everything. */
  public ModelWork() {
    this(1);
  }

  /**
   * Work of a process that has the machine for itself.
   *
   * @param encodingThreads how many threads encode texts for a frozen encoder, each with a copy of
   *     the model
   */
  public ModelWork(int encodingThreads) {
    this.encodingThreads = encodingThreads;
  }

  /**
   * What a job means on a site's data. Cheap, and loads no numerical engine.
   *
   * @throws TaskRefusedException if the data cannot serve the job
   */
  public static LocalPlan plan(JobSpec job, SiteData data) {
    ExampleSource examples = TaskExamples.of(job, data);
    int count = examples.trainingCount();
    long predicted = examples.heldOutTargets();
    if (count < 1 || predicted < 1) {
      throw new TaskRefusedException(
          "this site's text is too short to train on one part and judge by another");
    }
    try {
      TrainingSettings first = settings(job, job.local().learningRate(1, job.rounds()));
      return new LocalPlan(count, LocalModelTrainer.stepCount(examples, first), predicted);
    } catch (IllegalArgumentException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new TaskRefusedException("a task would take more than 2147483647 steps here", e);
    }
  }

  /**
   * Trains as {@link LocalTrainer#train} says; the task's weights stay as they are, so that tasks
   * of many sites may share them.
   */
  public LocalUpdate train(TrainingTask task, SiteData data, TaskControl control) {
    return train(task, TaskExamples.of(task.job(), data), control);
  }

  /**
   * Trains on the data of several sites as if it was one's: what a federation does without, and is
   * compared with. What is held out at each site stays held out.
   */
  public LocalUpdate trainPooled(TrainingTask task, List<SiteData> data, TaskControl control) {
    return train(task, pooled(task.job(), data), control);
  }

  /**
   * What a classifier takes for what on the held-out texts of several sites together.
   *
   * @param weights flat vector of the job's model, unchanged
   */
  public ConfusionMatrix confusions(JobSpec job, float[] weights, List<SiteData> data) {
    return modelFor(job).confusions(weights, pooled(job, data), () -> false);
  }

  private static ExampleSource pooled(JobSpec job, List<SiteData> data) {
    return new UnitedExamples(data.stream().map(each -> TaskExamples.of(job, each)).toList());
  }

  private LocalUpdate train(TrainingTask task, ExampleSource examples, TaskControl control) {
    JobSpec job = task.job();
    Layout layout = job.model().config().layout();
    try {
      Map<String, Double> metrics = new LinkedHashMap<>();
      if (job.trainingMetrics().contains(JobSpec.HELD_OUT_ACCURACY)) {
        metrics.put(JobSpec.HELD_OUT_ACCURACY, accuracy(task, examples, control));
      }
      TrainingResult result =
          modelFor(job)
              .train(
                  task.weights(),
                  examples,
                  settings(job, task.learningRate()),
                  task.batchSeed(),
                  (step, totalSteps, loss) -> control.progress(step, totalSteps),
                  () -> stopIfCancelled(control));
      metrics.put(JobSpec.TRAINING_METRICS.get(0), result.meanLossNats());
      return new LocalUpdate(
          layout.trainableDelta(task.weights(), result.parameters()), result.examples(), metrics);
    } catch (TrainingDivergedException e) {
      throw new TaskRefusedException("training diverged: " + e.getMessage(), e);
    }
  }

  /** Judges as {@link LocalTrainer#evaluate} says; the task's weights stay as they are. */
  public LocalEvaluation evaluate(EvaluationTask task, SiteData data, TaskControl control) {
    JobSpec job = task.job();
    ExampleSource examples = TaskExamples.of(job, data);
    long total = examples.heldOutTargets();
    Evaluation evaluation =
        modelFor(job)
            .evaluate(
                task.weights(),
                examples,
                judged -> control.progress(judged, total),
                () -> stopIfCancelled(control));
    return new LocalEvaluation(evaluation.totalNats(), evaluation.targetCount());
  }

  /** Frees the engine. Called when no task runs. */
  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }

  /** Never true: it leaves by exception, as the control does. */
  private static boolean stopIfCancelled(TaskControl control) {
    control.checkNotCancelled();
    return false;
  }

  private LocalModelTrainer modelFor(JobSpec job) {
    TextModelConfig config = job.model().textConfig();
    if (model != null && !model.config().equals(config)) {
      close();
    }
    if (model == null) {
      model = new LocalModelTrainer(config, encodingThreads);
    }
    return model;
  }

  /** How the round's model does here, before this site trains it further. */
  private double accuracy(TrainingTask task, ExampleSource examples, TaskControl control) {
    return modelFor(task.job())
        .evaluate(task.weights(), examples, () -> stopIfCancelled(control))
        .accuracy();
  }

  private static TrainingSettings settings(JobSpec job, double learningRate) {
    LocalTraining local = job.local();
    return new TrainingSettings(
        switch (local.optimizer()) {
          case ADAMW -> TrainingSettings.Optimizer.ADAMW;
          case SGD -> TrainingSettings.Optimizer.SGD;
        },
        learningRate,
        local.weightDecay(),
        ADAM_BETA_1,
        ADAM_BETA_2,
        ADAM_EPSILON,
        local.gradientClippingNorm(),
        local.batchSize(),
        local.epochs() != null
            ? new TrainingSettings.Length.Epochs(local.epochs())
            : new TrainingSettings.Length.Steps(local.steps()),
        local.proximalMu());
  }
}
