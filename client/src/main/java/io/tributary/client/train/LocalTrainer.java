package io.tributary.client.train;

import io.tributary.common.job.JobSpec;

/**
 * What a site does with its data: the one place where a model meets private text, and the service
 * interface by which another engine joins.
 *
 * <p>The site agent calls {@link #plan} to decide whether a job is acceptable, then {@link #train}
 * and {@link #evaluate} on its training thread, one at a time, never on a network thread. A trainer
 * is made when the site starts but should load its numerical engine with its first task only: a
 * site that waits for work is small.
 *
 * <p>What a trainer returns is not yet what leaves: the job's {@code UpdatePipeline} comes in
 * between, and of the metrics only those that the job declares.
 */
public interface LocalTrainer extends AutoCloseable {
  /**
   * What this job means on this site's data. Cheap, and loads no numerical engine. Each task is
   * planned, also when its job is known: data that has changed is taken up here and nowhere else,
   * so that a task is worked with the data that it was planned with.
   *
   * @throws TaskRefusedException if this site cannot serve the job, with a reason for the
   *     coordinator
   */
  LocalPlan plan(JobSpec job);

  /**
   * Trains from the task's weights, with optimizer state starting at zero, in batches drawn from
   * {@link TrainingTask#batchSeed()} alone.
   *
   * @throws TaskCancelledException soon after {@code control} says that the task is cancelled
   * @throws TaskRefusedException if training cannot give a sound update
   */
  LocalUpdate train(TrainingTask task, TaskControl control);

  /**
   * Judges the task's weights on the part of the data that is never trained on.
   *
   * @throws TaskCancelledException soon after {@code control} says that the task is cancelled
   */
  LocalEvaluation evaluate(EvaluationTask task, TaskControl control);

  /** Frees the engine. Called once, on any thread, when no task runs. */
  @Override
  default void close() {}
}
