package io.tributary.simulation.bench;

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

/**
 * Training that costs nothing, for benchmarks of everything else: an update of incompressible
 * values that depends on (seed, site, round) alone.
 */
final class InstantTrainer implements LocalTrainer {
  private static final long STREAM = CounterRandom.streamOf("tributary.bench");
  private static final float LARGEST = 0.01f;

  @Override
  public LocalPlan plan(JobSpec job) {
    return new LocalPlan(100, 1, 100);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    CounterRandom random = new CounterRandom(task.batchSeed(), STREAM);
    float[] delta = new float[task.job().model().config().layout().trainableCount()];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = LARGEST * (random.nextLong() >> 40) / (1 << 23);
    }
    return new LocalUpdate(delta, 100, Map.of(JobSpec.TRAINING_METRICS.get(0), 1.0));
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return new LocalEvaluation(100, 100);
  }
}
