package io.tributary.client.train;

import io.tributary.common.job.JobSpec;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;

/**
 * One round's training at one site.
 *
 * @param job what to train and how
 * @param round from 1
 * @param site this site, whose name is part of its batches' seed
 * @param weights the model of the round, one value for each parameter of the job's layout; owned by
 *     the trainer from here on
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record TrainingTask(JobSpec job, int round, SiteName site, float[] weights) {
  /** Checks the length of the weights. */
  public TrainingTask {
    if (round < 1) {
      throw new IllegalArgumentException("round is " + round + " but training starts in round 1");
    }
    EvaluationTask.requireParameters(job, weights);
  }

  /**
   * Seed of this task's batches: from (job seed, site, round) only. Not from the attempt, so that a
   * repeated round trains on the same batches and gives the same update.
   */
  public long batchSeed() {
    return CounterRandom.deriveSeed(job.seed(), CounterRandom.streamOf(site.value()), round);
  }

  /** Learning rate of this round by the job's schedule. */
  public double learningRate() {
    // A round beyond the last can only come from a coordinator at fault; the schedule ends there.
    return job.local().learningRate(Math.min(round, job.rounds()), job.rounds());
  }
}
