package io.tributary.simulation.swarm;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;

/**
 * The job of a swarm: every client takes part in every round, and no deadline is near.
 *
 * <pre>
 *   one block of width d, inner size f, context T, V = 256 bytes:
 *   P = 4d² + 2df + 9d + f + (V + T + 2)d  =  4d² + 268d + f·(2d + 1) + (T − 1)·d
 * </pre>
 *
 * With {@code T − 1 ≡ −2·(P − 4d² − 268d) (mod 2d + 1)} this meets P exactly, because {@code −2d ≡
 * 1}. Of very large models T would make activations that no site could hold; then T is small and P
 * is met but for d values.
 */
final class SwarmJob {
  private static final String NAME = "swarm";
  private static final int VOCABULARY = 256;
  private static final int SMALL_CONTEXT = 8;
  private static final long LEAST_WIDTH = 4;
  private static final long MOST_WIDTH = 1_024;
  private static final long LONGEST_MILLIS = 6L * 3_600_000;
  private static final int ATTEMPTS = 1; // an aborted round is a failed benchmark

  private SwarmJob() {}

  /**
   * Makes the job.
   *
   * @throws IllegalArgumentException if the rule does not apply to so many sites
   */
  static JobSpec of(SwarmOptions options) {
    int sites = options.clients();
    return new JobSpec(
        NAME,
        1L,
        options.allRounds(),
        null,
        model(options.parameters()),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 1, null, 1),
        new RoundRules(
            sites,
            null,
            sites,
            LONGEST_MILLIS,
            LONGEST_MILLIS,
            LONGEST_MILLIS,
            LONGEST_MILLIS,
            ATTEMPTS),
        null,
        options.aggregation(),
        options.server());
  }

  private static ModelSpec model(long parameters) {
    long width = LEAST_WIDTH;
    while (2 * width <= MOST_WIDTH && fixed(2 * width) + 16 * width * width < parameters / 2) {
      width *= 2;
    }
    long rest = parameters - fixed(width);
    long modulus = 2 * width + 1;
    long contextLess1 = Math.floorMod(-2 * rest, modulus);
    if ((contextLess1 + 1) * (rest / modulus) > JobSpec.MAX_ACTIVATION_VALUES) {
      contextLess1 = SMALL_CONTEXT - 1;
    }
    int inner = (int) ((rest - contextLess1 * width) / modulus);
    return new ModelSpec(null, VOCABULARY, (int) width, 1, 1, inner, (int) contextLess1 + 1);
  }

  private static long fixed(long width) {
    return 4 * width * width + (VOCABULARY + 12L) * width;
  }

  /** Values of an update of the job. */
  static int updateValues(JobSpec job) {
    return job.model().config().layout().trainableCount();
  }
}
