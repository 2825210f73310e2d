package io.tributary.simulation.virtual;

import io.tributary.common.job.RoundRules;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;

/**
 * What happens to whom, and when, by the seed alone: who drops out, and how long a task takes in
 * virtual time, which decides the order in which sites arrive.
 *
 * <p>A task takes time by its amount of work and its site's speed of that day (log-normal, within a
 * factor of two): large sites are slow, as they are in reality. The longest task possible takes an
 * eighth of its phase's deadline, so that nobody is late by accident: a run loses sites by
 * over-selection and dropout alone.
 */
final class Fate {
  private static final String STREAM = "tributary.simulate.fate";
  private static final double SPEED_SPREAD = 0.3;
  private static final double SLOWEST = 2;
  private static final int DEADLINE_SHARE = 8;

  /** Longer tasks only make the coordinator write down the elapsed time more often. */
  private static final long LONGEST_MILLIS = 4_000;

  private final long seed;
  private final double dropout;
  private final long longestTrainingMillis;
  private final long longestEvaluationMillis;
  private final long mostSteps;
  private final long mostEvaluationBytes;

  /**
   * A seed's fates.
   *
   * @param dropout probability that a site which took a training task never delivers
   * @param mostSteps of any site's training task
   * @param mostEvaluationBytes of any site's evaluation
   */
  Fate(long seed, double dropout, RoundRules rules, long mostSteps, long mostEvaluationBytes) {
    this.seed = seed;
    this.dropout = dropout;
    this.longestTrainingMillis = longest(rules.deadlineMillis());
    this.longestEvaluationMillis = longest(rules.evaluationDeadlineMillis());
    this.mostSteps = mostSteps;
    this.mostEvaluationBytes = mostEvaluationBytes;
  }

  private static long longest(long deadlineMillis) {
    return Math.max(1, Math.min(LONGEST_MILLIS, deadlineMillis / DEADLINE_SHARE));
  }

  /**
   * A task's fate at a site.
   *
   * @param drops whether the site goes away while it works; never in an evaluation
   * @param millis until the work is done, or the site goes away
   */
  record Lot(boolean drops, long millis) {}

  /** Draws for one task, the same one each time it is asked. */
  Lot of(SiteName site, TaskId task, long work) {
    long stream = CounterRandom.streamOf(site.value());
    boolean training = task.kind() == TaskId.Kind.TRAIN;
    CounterRandom random =
        new CounterRandom(
            CounterRandom.deriveSeed(seed, stream, task.round(), task.attempt(), training ? 1 : 0),
            STREAM);
    boolean drops = random.nextDouble() < dropout && training;
    double share = random.nextDouble();
    double slowness = StrictMath.exp(SPEED_SPREAD * random.nextGaussian());
    double bounded = Math.max(1 / SLOWEST, Math.min(SLOWEST, slowness)) / SLOWEST;
    long most = training ? mostSteps : mostEvaluationBytes;
    long longest = training ? longestTrainingMillis : longestEvaluationMillis;
    double millis = longest * bounded * work / most;
    return new Lot(drops, Math.max(1, (long) Math.ceil(drops ? millis * share : millis)));
  }
}
