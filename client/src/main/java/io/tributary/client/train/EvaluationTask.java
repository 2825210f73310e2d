package io.tributary.client.train;

import io.tributary.common.job.JobSpec;

/**
 * One judgement of a model at one site.
 *
 * @param job what the model is
 * @param round 0 for the initial weights
 * @param weights the model, one value for each parameter of the job's layout; owned by the trainer
 *     from here on
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record EvaluationTask(JobSpec job, int round, float[] weights) {
  /** Checks the length of the weights. */
  public EvaluationTask {
    if (round < 0) {
      throw new IllegalArgumentException("round is " + round + " but must be 0 or more");
    }
    requireParameters(job, weights);
  }

  static void requireParameters(JobSpec job, float[] weights) {
    int expected = job.model().config().layout().parameterCount();
    if (weights.length != expected) {
      throw new IllegalArgumentException(
          "model has " + weights.length + " values but the job's layout has " + expected);
    }
  }
}
