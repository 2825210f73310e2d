package io.tributary.client.train;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.Evaluation;
import io.tributary.transformer.LanguageModelTrainer;
import io.tributary.transformer.TextCorpus;
import io.tributary.transformer.TextWindow;
import io.tributary.transformer.TrainingDivergedException;
import io.tributary.transformer.TrainingResult;
import io.tributary.transformer.TrainingSettings;
import java.util.Map;

/**
 * One language-model engine at work on anybody's text: what {@link TransformerTrainer} does with
 * its site's text, and a simulator's worker with the texts of all its sites, one after the other.
 *
 * <p>Nothing of one task is left for the next: results depend on the task and the text alone. ND4J
 * is loaded by the first task. All but {@link #plan} and {@link #close} belong to one thread.
 */
public final class TransformerWork implements AutoCloseable {
  private static final double ADAM_BETA_1 = 0.9;
  private static final double ADAM_BETA_2 = 0.999;
  private static final double ADAM_EPSILON = 1e-8;

  private LanguageModelTrainer model; // the training thread's, until close

  /**
   * What a job means on a text. Cheap, and loads no numerical engine.
   *
   * @throws TaskRefusedException if the text cannot serve the job
   */
  public static LocalPlan plan(JobSpec job, byte[] text) {
    TextCorpus corpus = corpus(job, text);
    int windows = corpus.trainingWindowCount();
    long predicted = heldOutBytes(corpus);
    if (windows < 1 || predicted < 1) {
      throw new TaskRefusedException(
          "this site's text is too short to train on one part and judge by another");
    }
    try {
      TrainingSettings first = settings(job, job.local().learningRate(1, job.rounds()));
      return new LocalPlan(windows, LanguageModelTrainer.stepCount(corpus, first), predicted);
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
  public LocalUpdate train(TrainingTask task, byte[] text, TaskControl control) {
    JobSpec job = task.job();
    Layout layout = job.model().config().layout();
    try {
      TrainingResult result =
          modelFor(job)
              .train(
                  task.weights(),
                  corpus(job, text),
                  settings(job, task.learningRate()),
                  task.batchSeed(),
                  (step, totalSteps, loss) -> control.progress(step, totalSteps),
                  () -> stopIfCancelled(control));
      return new LocalUpdate(
          layout.trainableDelta(task.weights(), result.parameters()),
          result.examples(),
          Map.of(JobSpec.TRAINING_METRICS.get(0), result.meanLossNats()));
    } catch (TrainingDivergedException e) {
      throw new TaskRefusedException("training diverged: " + e.getMessage(), e);
    }
  }

  /** Judges as {@link LocalTrainer#evaluate} says; the task's weights stay as they are. */
  public LocalEvaluation evaluate(EvaluationTask task, byte[] text, TaskControl control) {
    JobSpec job = task.job();
    TextCorpus corpus = corpus(job, text);
    long total = heldOutBytes(corpus);
    Evaluation evaluation =
        modelFor(job)
            .evaluate(
                task.weights(),
                corpus,
                judged -> control.progress(judged, total),
                () -> stopIfCancelled(control));
    return new LocalEvaluation(evaluation.totalNats(), evaluation.byteCount());
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

  private LanguageModelTrainer modelFor(JobSpec job) {
    TransformerConfig config = (TransformerConfig) job.model().config();
    if (model != null && !model.config().equals(config)) {
      close();
    }
    if (model == null) {
      model = new LanguageModelTrainer(config);
    }
    return model;
  }

  private static TextCorpus corpus(JobSpec job, byte[] text) {
    if (text.length < 2) {
      throw new TaskRefusedException("this site's text is too short to predict anything in it");
    }
    return TextCorpus.split(
        text, job.model().config().contextLength(), job.data().heldOutShare(), job.seed());
  }

  private static long heldOutBytes(TextCorpus corpus) {
    return corpus.heldOutWindows().stream().mapToLong(TextWindow::targets).sum();
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
