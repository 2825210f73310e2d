package io.tributary.cli.kills;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.random.CounterRandom;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Training without an engine, for processes that are killed by the hundred: an update that is a
 * function of (job seed, site, round, weights) alone, as a real trainer's is, after a moment's
 * work.
 */
final class SteadyTrainer implements LocalTrainer {
  private static final int STEPS = 5;
  private static final long STEP_MILLIS = 8;
  private static final long STREAM = CounterRandom.streamOf("tributary.kills");

  @Override
  public LocalPlan plan(JobSpec job) {
    return new LocalPlan(100, STEPS, 100);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    work(control);
    float[] weights = task.weights();
    CounterRandom random = new CounterRandom(task.batchSeed(), STREAM);
    float[] delta = new float[task.job().model().config().layout().trainableCount()];
    for (int i = 0; i < delta.length; i++) {
      // Depends on every weight, so that one wrong model in between shows in every later one.
      delta[i] = (float) (random.nextDouble() - 0.5) * 0.01f - 0.1f * weights[i];
    }
    return new LocalUpdate(
        delta, 100 + task.site().value().length(), Map.of(JobSpec.TRAINING_METRICS.get(0), 1.0));
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    double sum = 0;
    for (float weight : task.weights()) {
      sum += Math.abs(weight);
    }
    return new LocalEvaluation(sum, 100);
  }

  private static void work(TaskControl control) {
    for (int step = 1; step <= STEPS; step++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(STEP_MILLIS)); // the work itself
      control.progress(step, STEPS);
    }
  }
}
