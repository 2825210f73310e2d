package io.tributary.client.train;

import io.tributary.client.data.DataSource;
import io.tributary.client.data.DataWatch;
import io.tributary.client.data.SiteData;
import io.tributary.common.job.JobSpec;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The default trainer: any model of the family on any task, over the site's own data.
 *
 * <p>The split into what is trained on and what judges depends on (data, model, {@code data} rules,
 * job seed) alone, so that it is the same in every round and after every restart, and for whoever
 * trains on the same data for comparison.
 *
 * <p>Data that has changed is taken up by {@link #plan}, and only there: a task is worked with the
 * data that it was planned with. New data that cannot serve a job which the old can leaves the old
 * in use.
 *
 * <p>ND4J is loaded by the first task. {@link #plan} may run on another thread than the tasks.
 */
public final class ModelTrainer implements LocalTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(ModelTrainer.class);

  /** How long planning a task waits for changed data; data that takes longer serves the next. */
  private static final long DATA_WAIT_MILLIS = 1_000;

  private static final int MAX_REFUSED_JOBS = 16;

  private final DataWatch watch; // null: the data is what it is
  private final ModelWork work;
  private final boolean ownsWork;
  private volatile SiteData data;

  // Guarded by this: changed data that is not yet in use, and jobs that it cannot serve.
  private SiteData candidate;
  private final Set<JobSpec> refusedFor = new HashSet<>();

  /** A trainer on this data. */
  public ModelTrainer(SiteData data) {
    this.data = data;
    this.watch = null;
    this.work = new ModelWork();
    this.ownsWork = true;
  }

  private ModelTrainer(DataWatch watch, ModelWork work, boolean ownsWork) {
    this.data = watch.first();
    this.watch = watch;
    this.work = work;
    this.ownsWork = ownsWork;
  }

  /**
   * A trainer on the data of a site's file, as it is when a task is planned.
   *
   * @param tokenizer a {@code tokenizer.json}, or null for bytes alone
   * @throws io.tributary.common.config.UserErrorException if either cannot be used
   */
  public static ModelTrainer watching(DataSource source, Path tokenizer) {
    return new ModelTrainer(DataWatch.open(source, tokenizer), new ModelWork(), true);
  }

  /**
   * The same with an engine that trainers of other sites use too, all on one thread.
   *
   * @param work of whoever made it: closing this trainer leaves it as it is
   */
  public static ModelTrainer sharing(ModelWork work, DataSource source, Path tokenizer) {
    return new ModelTrainer(DataWatch.open(source, tokenizer), work, false);
  }

  @Override
  public synchronized LocalPlan plan(JobSpec job) {
    if (watch != null) {
      Optional<SiteData> changed = watch.changed(DATA_WAIT_MILLIS);
      if (changed.isPresent()) {
        candidate = changed.get();
        refusedFor.clear();
      }
    }
    return candidate == null || refusedFor.contains(job)
        ? ModelWork.plan(job, data)
        : planWithCandidate(job);
  }

  private LocalPlan planWithCandidate(JobSpec job) {
    LocalPlan plan;
    try {
      plan = ModelWork.plan(job, candidate);
    } catch (TaskRefusedException e) {
      return planWithOld(job, e);
    }
    data = candidate;
    candidate = null;
    LOG.info("the data has changed: from now on {} training examples", plan.exampleCount());
    return plan;
  }

  private LocalPlan planWithOld(JobSpec job, TaskRefusedException objection) {
    LocalPlan plan;
    try {
      plan = ModelWork.plan(job, data);
    } catch (TaskRefusedException e) {
      objection.addSuppressed(e);
      throw objection; // neither serves: what lies there now is what its owner can mend
    }
    if (refusedFor.size() == MAX_REFUSED_JOBS) {
      refusedFor.clear(); // to warn again is better than to remember for ever
    }
    refusedFor.add(job);
    LOG.warn(
        "the data has changed but cannot serve job {}, so the old stays in use: {}",
        job.name(),
        objection.getMessage());
    return plan;
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
    if (watch != null) {
      watch.close();
    }
    if (ownsWork) {
      work.close();
    }
  }
}
