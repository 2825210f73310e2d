package io.tributary.client;

import io.tributary.client.train.LocalPlan;
import io.tributary.common.job.JobSpec;
import java.util.Optional;

/**
 * What a site lets a coordinator ask of it; part of {@link SiteConfig}. A coordinator may be
 * careless or hostile: a job beyond these bounds is refused with the reason, before anything of it
 * is stored or computed.
 *
 * @param maxModelBytes largest model, 1 to 8 GiB; default 1 GiB
 * @param maxStepsPerTask most optimizer steps in one task; default 10 million
 */
public record SitePolicy(Long maxModelBytes, Long maxStepsPerTask) {
  /** 1 GiB, 10 million steps. */
  public static final SitePolicy DEFAULT = new SitePolicy(null, null);

  private static final long GIB = 1L << 30;
  // A flat vector has at most 2^31 - 1 floats.
  private static final long MOST_MODEL_BYTES = 8 * GIB;
  private static final long MOST_STEPS = 1_000_000_000_000L;

  /** Fills defaults and checks both bounds. */
  public SitePolicy {
    maxModelBytes = maxModelBytes == null ? GIB : maxModelBytes;
    require("policy.max-model-bytes", maxModelBytes, MOST_MODEL_BYTES);
    maxStepsPerTask = maxStepsPerTask == null ? 10_000_000L : maxStepsPerTask;
    require("policy.max-steps-per-task", maxStepsPerTask, MOST_STEPS);
  }

  private static void require(String key, long value, long most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(key + " is " + value + " but must be 1 to " + most);
    }
  }

  /**
   * Why this site will not hold the job's model, if so. Cheap even for a job made to be costly: a
   * job cannot have more layers than {@link
   * io.tributary.common.model.TransformerConfig#MAX_LAYERS}.
   */
  Optional<String> objectionToModel(JobSpec job) {
    long modelBytes = modelBytes(job);
    if (modelBytes > maxModelBytes) {
      return Optional.of(
          "the model has "
              + modelBytes
              + " bytes but this site's policy.max-model-bytes is "
              + maxModelBytes);
    }
    return Optional.empty();
  }

  /** Why this site will not do the job's work, if so. */
  Optional<String> objectionToWork(LocalPlan plan) {
    return objectionToSteps(plan.steps());
  }

  /** Why this site will not do so many steps in one task, if so. */
  Optional<String> objectionToSteps(long steps) {
    return steps > maxStepsPerTask
        ? Optional.of(
            "a task takes "
                + steps
                + " steps here but this site's policy.max-steps-per-task is "
                + maxStepsPerTask)
        : Optional.empty();
  }

  /** Length of the job's model blob: its flat vector as floats. */
  static long modelBytes(JobSpec job) {
    return (long) job.model().config().layout().parameterCount() * Float.BYTES;
  }
}
