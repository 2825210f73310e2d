package io.tributary.client.train;

import io.tributary.client.data.SiteData;
import io.tributary.common.job.JobSpec;

/**
 * The default trainer: any model of the family on any task, over the site's own data.
 *
 * <p>The split into what is trained on and what judges depends on (data, model, {@code data} rules,
 * job seed) alone, so that it is the same in every round and after every restart, and for whoever
 * trains on the same data for comparison.
 *
 * <p>ND4J is loaded by the first task. {@link #plan} may run on another thread than the tasks.
 */
public final class ModelTrainer implements LocalTrainer {
  private final SiteData data;
  private final ModelWork work = new ModelWork();

  /** A trainer on this data. */
  public ModelTrainer(SiteData data) {
    this.data = data;
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    return ModelWork.plan(job, data);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    return work.train(task, data, control);
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return work.evaluate(task, data, control);
  }

  @Override
  public void close() {
    work.close();
  }
}
