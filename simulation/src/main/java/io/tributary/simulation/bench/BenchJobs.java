package io.tributary.simulation.bench;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;

/** Jobs of one size for benchmarks of transfer and recovery: nobody trains in them. */
final class BenchJobs {
  private static final int WIDTH = 512;
  private static final int FEED_FORWARD_WIDTH = 4 * WIDTH;
  private static final int CONTEXT = 32;
  private static final int LAYER_PARAMETERS = 12 * WIDTH * WIDTH;
  private static final long LONGEST_MILLIS = 3_600_000;

  private BenchJobs() {}

  /** One round of {@code sites} updates of about so many parameters, at least one layer's. */
  static JobSpec oneRound(long parameters, int sites) {
    int layers = (int) Math.max(1, Math.round((double) parameters / LAYER_PARAMETERS));
    return new JobSpec(
        "bench",
        1L,
        1,
        null,
        new ModelSpec(null, 256, WIDTH, layers, 8, FEED_FORWARD_WIDTH, CONTEXT),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 1, null, 1),
        new RoundRules(
            sites, null, sites, LONGEST_MILLIS, LONGEST_MILLIS, LONGEST_MILLIS, LONGEST_MILLIS, 1),
        null);
  }

  /** Bytes of an update of the job. */
  static long updateBytes(JobSpec job) {
    return (long) job.model().config().layout().trainableCount() * Float.BYTES;
  }
}
