package io.tributary.cli.simulate;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.simulation.virtual.Partition;
import io.tributary.simulation.virtual.SimulationOptions;
import io.tributary.simulation.virtual.SimulationRules;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a command line asks of a simulation; null where it leaves the choice.
 *
 * @param job the job's file
 * @param data a file or directory of texts; null for the plays
 */
public record SimulationRequest(
    Path job,
    Path data,
    int sites,
    String partition,
    double dropout,
    Long seed,
    Integer rounds,
    Integer cohort,
    Integer quorum,
    Integer workers) {
  /** The launcher sets it from TRIBUTARY_THREADS, for a simulation as for a deployed site. */
  private static final String THREADS = "OMP_NUM_THREADS";

  /**
   * Reads the files and checks everything together.
   *
   * @param out where the simulation lives
   */
  public SimulationOptions resolve(Path out) throws IOException {
    Partition dealt;
    try {
      dealt = Partition.parse(partition);
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(Kind.USAGE, e.getMessage(), e);
    }
    JobSpec fitted =
        SimulationRules.fit(JobSpec.read(job), sites, dropout, seed, rounds, cohort, quorum);
    SimulationData texts = SimulationData.read(data, dealt, sites);
    return new SimulationOptions(
        fitted,
        texts.texts(),
        texts.name(),
        sites,
        dealt,
        dropout,
        workers == null ? Runtime.getRuntime().availableProcessors() : workers,
        threads(),
        out);
  }

  private static int threads() {
    String stated = System.getenv(THREADS);
    if (stated == null) {
      return 1;
    }
    try {
      return Integer.parseInt(stated.strip());
    } catch (NumberFormatException e) {
      throw new UserErrorException(
          Kind.USAGE,
          THREADS + " is " + stated + " but must be a number: set TRIBUTARY_THREADS",
          e);
    }
  }
}
