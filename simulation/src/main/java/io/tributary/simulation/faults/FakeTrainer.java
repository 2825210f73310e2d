package io.tributary.simulation.faults;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Trains in no time: the update is a function of site, round and base model, and of the noise if
 * there is any. {@link FakeBench} makes it last.
 */
final class FakeTrainer implements LocalTrainer {
  private static final int STEPS = 10;
  private static final int EVALUATION_BYTES = 100;
  private static final int MOST_EXAMPLES = 500;
  private static final float MOST_ABS = 1.5f;

  /** Learns what was trained. */
  interface Audience {
    /** An update has been computed; it may never leave the site. */
    void trained(SiteName site, int round, float[] base, float[] delta);
  }

  private final SiteName site;
  private final LongSupplier noise;
  private final Audience audience;

  /**
   * Makes a site's trainer.
   *
   * @param noise 0 every time for a trainer without noise
   */
  FakeTrainer(SiteName site, LongSupplier noise, Audience audience) {
    this.site = site;
    this.noise = noise;
    this.audience = audience;
  }

  /** The weight of every update of a site. */
  static long weight(SiteName site) {
    return 1L + Math.floorMod(CounterRandom.streamOf(site.value()), MOST_EXAMPLES);
  }

  /** What training gives. */
  static float[] delta(JobSpec job, SiteName site, int round, float[] base, long noise) {
    int values = job.model().config().layout().trainableCount();
    CounterRandom random =
        new CounterRandom(
            CounterRandom.deriveSeed(
                job.seed(), CounterRandom.streamOf(site.value()), round, noise),
            Arrays.hashCode(base));
    float[] delta = new float[values];
    for (int i = 0; i < values; i++) {
      delta[i] = (float) (random.nextDouble() * 2 - 1) * MOST_ABS;
    }
    return delta;
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    return new LocalPlan(weight(site), STEPS, EVALUATION_BYTES);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    control.progress(STEPS / 2, STEPS);
    float[] delta = delta(task.job(), site, task.round(), task.weights(), noise.getAsLong());
    audience.trained(site, task.round(), task.weights(), delta);
    return new LocalUpdate(delta, weight(site), Map.of());
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return new LocalEvaluation(EVALUATION_BYTES, EVALUATION_BYTES);
  }
}
