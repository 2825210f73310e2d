package io.tributary.client.train;

import io.tributary.client.data.NumericTable;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.TrainingDivergedException;
import io.tributary.transformer.TrainingResult;
import io.tributary.transformer.network.ExampleSplit;
import io.tributary.transformer.network.NetworkExamples;
import io.tributary.transformer.network.NetworkKind;
import io.tributary.transformer.network.NetworkProgram;
import io.tributary.transformer.network.NetworkTask;
import java.util.Map;

/**
 * Trains a DL4J network or a SameDiff graph that a file on this site's disk describes, for jobs
 * that name that file by its digest.
 *
 * <p>Of the job's {@code local}, learning rate, batch size, and steps or epochs hold; optimizer,
 * decay and clipping are the network's own. A proximal term is refused: the network would not have
 * it. ND4J is loaded by the first task.
 */
public final class NetworkTrainer implements LocalTrainer {
  /** A site's examples as a job needs them. */
  @FunctionalInterface
  public interface JobExamples {
    /**
     * The examples.
     *
     * @throws IllegalArgumentException if they cannot serve the job; the message travels
     */
    NetworkExamples of(JobSpec job);
  }

  private final ProgramFile file;
  private final NetworkProgram program;
  private final JobExamples data;

  /**
   * Trains on whatever a user's own code gives.
   *
   * @param file describes the network
   * @param examples such as {@code NetworkExamples.ofDataSets(() -> iterator)}
   */
  public NetworkTrainer(ProgramFile file, NetworkKind kind, NetworkExamples examples) {
    this(file, kind, job -> examples);
  }

  /** Trains on a table of numbers, its labels as the job's {@code data.classes} has them. */
  public NetworkTrainer(ProgramFile file, NetworkKind kind, NumericTable table) {
    this(file, kind, job -> table.examples(job.data().classes()));
  }

  private NetworkTrainer(ProgramFile file, NetworkKind kind, JobExamples data) {
    this.file = file;
    this.program = new NetworkProgram(kind, file::bytes);
    this.data = data;
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    if (!(job.model().config() instanceof ExternalConfig external)
        || !external.program().equals(file.digest())) {
      throw new TaskRefusedException(
          "this trainer computes the program " + file.digest() + " and no other model");
    }
    if (job.local().proximalMu() > 0) {
      throw new TaskRefusedException(
          "local.proximal-mu is "
              + job.local().proximalMu()
              + " but this site's network trains without a proximal term: leave it out");
    }
    file.requireUnchanged();
    NetworkExamples examples = examples(job);
    ExampleSplit split = split(job, examples);
    return new LocalPlan(split.training().length, steps(job, split), split.heldOut().length);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    JobSpec job = task.job();
    Layout layout = job.model().config().layout();
    NetworkExamples examples = examples(job);
    ExampleSplit split = split(job, examples);
    try {
      TrainingResult result =
          new NetworkTask(program, layout, examples)
              .train(
                  task.weights(),
                  split,
                  job.local().batchSize(),
                  Math.toIntExact(steps(job, split)),
                  task.learningRate(),
                  task.batchSeed(),
                  (step, total, loss) -> control.progress(step, total),
                  control::checkNotCancelled);
      return new LocalUpdate(
          layout.trainableDelta(task.weights(), result.parameters()),
          result.examples(),
          Map.of(JobSpec.TRAINING_METRICS.get(0), result.meanLossNats()));
    } catch (TrainingDivergedException e) {
      throw new TaskRefusedException("training diverged: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw unfit(e);
    }
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    JobSpec job = task.job();
    NetworkExamples examples = examples(job);
    ExampleSplit split = split(job, examples);
    long total = split.heldOut().length;
    try {
      double sum =
          new NetworkTask(program, job.model().config().layout(), examples)
              .evaluate(
                  task.weights(),
                  split,
                  done -> control.progress(done, total),
                  control::checkNotCancelled);
      return new LocalEvaluation(sum, total);
    } catch (IllegalArgumentException e) {
      throw unfit(e);
    }
  }

  private NetworkExamples examples(JobSpec job) {
    try {
      return data.of(job);
    } catch (IllegalArgumentException e) {
      throw unfit(e);
    }
  }

  private static ExampleSplit split(JobSpec job, NetworkExamples examples) {
    try {
      return ExampleSplit.of(examples, job.data().heldOutShare(), job.seed());
    } catch (IllegalArgumentException e) {
      throw unfit(e);
    }
  }

  /** What is wrong is about tensors and counts, which the job names too. */
  private static TaskRefusedException unfit(IllegalArgumentException cause) {
    return new TaskRefusedException(cause.getMessage(), cause);
  }

  private static long steps(JobSpec job, ExampleSplit split) {
    return job.local().epochs() == null
        ? job.local().steps()
        : NetworkTask.stepsOf(split, job.local().batchSize(), job.local().epochs());
  }
}
