package io.tributary.client.train;

import io.tributary.client.data.TextDataset;
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
 * The default trainer: a byte-level transformer language model over the site's texts.
 *
 * <p>The split into text to train on and text to judge by depends on (length of the texts, context,
 * {@code data.held-out-share}, job seed) alone, so that it is the same in every round and after
 * every restart, and for whoever trains on the same texts for comparison.
 *
 * <p>ND4J is loaded by the first task. {@link #plan} may run on another thread than the tasks.
 */
public final class TransformerTrainer implements LocalTrainer {
  private static final double ADAM_BETA_1 = 0.9;
  private static final double ADAM_BETA_2 = 0.999;
  private static final double ADAM_EPSILON = 1e-8;

  private final byte[] text;
  private LanguageModelTrainer model; // the training thread's, until close

  /** A trainer on these texts. */
  public TransformerTrainer(TextDataset texts) {
    this.text = texts.bytes();
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    TextCorpus corpus = corpus(job);
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

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    JobSpec job = task.job();
    Layout layout = job.model().transformer().layout();
    try {
      TrainingResult result =
          modelFor(job)
              .train(
                  task.weights(),
                  corpus(job),
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

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    JobSpec job = task.job();
    TextCorpus corpus = corpus(job);
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
    TransformerConfig config = job.model().transformer();
    if (model != null && !model.config().equals(config)) {
      close();
    }
    if (model == null) {
      model = new LanguageModelTrainer(config);
    }
    return model;
  }

  private TextCorpus corpus(JobSpec job) {
    if (text.length < 2) {
      throw new TaskRefusedException("this site's text is too short to predict anything in it");
    }
    return TextCorpus.split(
        text, job.model().transformer().contextLength(), job.data().heldOutShare(), job.seed());
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
            : new TrainingSettings.Length.Steps(local.steps()));
  }
}
