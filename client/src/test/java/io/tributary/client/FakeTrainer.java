package io.tributary.client;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Adds one thousandth to every weight, as often and as slowly as a test wants, and counts. */
final class FakeTrainer implements LocalTrainer {
  static final float STEP = 0.001f;

  private final List<TrainingTask> trained = new CopyOnWriteArrayList<>();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile UnaryOperator<float[]> change = delta -> delta;
  private volatile Runnable beforePlan = () -> {};
  private volatile LocalPlan plan = new LocalPlan(123, 5, 77);
  private volatile LocalEvaluation evaluation = new LocalEvaluation(12.5, 77);

  /** Training does not end before the gate opens; it is asked every few milliseconds. */
  FakeTrainer held(CountDownLatch until) {
    gate = until;
    return this;
  }

  FakeTrainer changing(UnaryOperator<float[]> deltas) {
    change = deltas;
    return this;
  }

  FakeTrainer planning(LocalPlan other) {
    plan = other;
    return this;
  }

  /** Runs on the agent's own thread, before each plan. */
  FakeTrainer beforePlanning(Runnable action) {
    beforePlan = action;
    return this;
  }

  FakeTrainer judging(LocalEvaluation other) {
    evaluation = other;
    return this;
  }

  List<TrainingTask> trained() {
    return trained;
  }

  boolean awaitStart() throws InterruptedException {
    return started.await(10, TimeUnit.SECONDS);
  }

  boolean awaitCancelled() throws InterruptedException {
    return cancelled.await(10, TimeUnit.SECONDS);
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    beforePlan.run();
    return plan;
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    trained.add(task);
    control.progress(0, plan.steps());
    started.countDown();
    try {
      while (!gate.await(5, TimeUnit.MILLISECONDS)) {
        control.checkNotCancelled();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (io.tributary.client.train.TaskCancelledException e) {
      cancelled.countDown();
      throw e;
    }
    control.progress(plan.steps(), plan.steps());
    float[] delta = new float[task.job().model().config().layout().trainableCount()];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = STEP * (i % 7 - 3);
    }
    return new LocalUpdate(
        change.apply(delta),
        plan.exampleCount(),
        Map.of(JobSpec.TRAINING_METRICS.get(0), 1.5, "secret-of-the-site", 42.0));
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return evaluation;
  }
}
