package io.tributary.simulation.bench;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An {@link InstantTrainer} that waits for its turn, so that many sites fit into one process; or
 * for ever.
 */
final class TurnTrainer implements LocalTrainer {
  private static final long ASK_MILLIS = 50;

  private final InstantTrainer trainer = new InstantTrainer();
  private final Semaphore turn;
  private final boolean never;

  TurnTrainer(Semaphore turn, boolean never) {
    this.turn = turn;
    this.never = never;
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    return trainer.plan(job);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    try {
      while (never || !turn.tryAcquire(ASK_MILLIS, TimeUnit.MILLISECONDS)) {
        control.checkNotCancelled();
        if (never) {
          TimeUnit.MILLISECONDS.sleep(ASK_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskCancelledException("interrupted");
    }
    try {
      return trainer.train(task, control);
    } finally {
      turn.release();
    }
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return trainer.evaluate(task, control);
  }
}
