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
 * @param attack who lies, and how
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
    Path out,
    Attack attack) {
  /** Most workers. */
  public static final int MAX_WORKERS = 256;

  /** Every site is honest. */
  public SimulationOptions(
      JobSpec job,
      List<SourceText> texts,
      String dataName,
      int sites,
      Partition partition,
      double dropout,
      int workers,
      int threadsPerWorker,
      Path out) {
    this(
        job,
        texts,
        dataName,
        sites,
        partition,
        dropout,
        workers,
        threadsPerWorker,
        out,
        Attack.NONE);
  }

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
    if (attack.sites() > sites) {
      throw new UserErrorException(
          Kind.USAGE,
          "--attackers is "
              + attack.sites()
              + " but must be 0 to the number of sites, which is "
              + sites);
    }
  }

  /** The same simulation with another job and another attack, elsewhere. */
  public SimulationOptions with(JobSpec otherJob, Attack otherAttack, Path otherOut) {
    return new SimulationOptions(
        otherJob,
        texts,
        dataName,
        sites,
        partition,
        dropout,
        workers,
        threadsPerWorker,
        otherOut,
        otherAttack);
  }
}
