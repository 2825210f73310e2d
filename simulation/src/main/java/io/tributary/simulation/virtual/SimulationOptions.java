package io.tributary.simulation.virtual;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that a simulation is made of.
 *
 * @param job fitted by {@link SimulationRules}
 * @param texts what is dealt
 * @param dataName where the texts come from, for people
 * @param sites how many
 * @param partition how the texts are dealt
 * @param dropout probability that a site which took a training task goes away
 * @param workers threads that train; results do not depend on it
 * @param threadsPerWorker of the maths library; results do depend on it: 1 as in a deployed site
 * @param out the directory that holds everything; goes on from what is there
 */
public record SimulationOptions(
    JobSpec job,
    List<SourceText> texts,
    String dataName,
    int sites,
    Partition partition,
    double dropout,
    int workers,
    int threadsPerWorker,
    Path out) {
  /** Most workers. */
  public static final int MAX_WORKERS = 256;

  /** Copies the texts and checks the bounds. */
  public SimulationOptions {
    texts = SourceText.checked(texts, Runtime.getRuntime().maxMemory());
    if (workers < 1 || workers > MAX_WORKERS) {
      throw new UserErrorException(
          Kind.USAGE, "--workers is " + workers + " but must be 1 to " + MAX_WORKERS);
    }
    if (threadsPerWorker < 1) {
      throw new UserErrorException(
          Kind.USAGE, "TRIBUTARY_THREADS is " + threadsPerWorker + " but must be at least 1");
    }
  }
}
