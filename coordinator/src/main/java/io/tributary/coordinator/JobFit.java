package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.optimize.ServerOptimizers;

/**
 * Whether this machine can hold a job at all, asked before anything starts. (That its sums cannot
 * overflow is checked by {@link JobSpec} itself.)
 */
final class JobFit {
  /** Published models on disk: head, the one before, and the next. */
  private static final int MODELS_ON_DISK = 3;

  /** States of the server's optimizer on disk: the head's, and the next. In memory are tiles. */
  private static final int STATES_ON_DISK = 2;

  /** Half of what an entry of the transparency log can name: the rest is for sites replaced. */
  private static final int MAX_SELECTED_SITES = LogEntry.MAX_SITES / 2;

  private JobFit() {}

  /**
   * Checks wire, log and disk; memory does not depend on the job.
   *
   * @throws UserErrorException naming what does not fit, and what to do
   */
  static void require(JobSpec job, WireLimits limits, long usableDiskBytes) {
    Layout layout = job.model().config().layout();
    long modelBytes = (long) layout.parameterCount() * Float.BYTES;
    long updateBytes = (long) layout.trainableCount() * Float.BYTES;
    int unusedChunkBytes = limits.chunkBytesFor(modelBytes); // throws when it cannot be sent
    int sites = job.round().selectedSites();
    if (sites > MAX_SELECTED_SITES) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "a round asks "
              + sites
              + " sites but its entry in the transparency log has room for "
              + MAX_SELECTED_SITES
              + ": lower round.cohort or round.over-selection");
    }
    long stateBytes = ServerOptimizers.stateValues(job) * Float.BYTES;
    double diskBytes =
        (double) updateBytes * sites
            + (double) modelBytes * MODELS_ON_DISK
            + (double) stateBytes * STATES_ON_DISK;
    if (diskBytes > usableDiskBytes) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "a round needs "
              + Math.round(diskBytes)
              + " bytes of disk ("
              + sites
              + " updates of "
              + updateBytes
              + " bytes and "
              + MODELS_ON_DISK
              + " models"
              + (stateBytes == 0
                  ? ""
                  : " and " + STATES_ON_DISK + " optimizer states of " + stateBytes + " bytes")
              + ") but the home's disk has "
              + usableDiskBytes
              + ": make room, lower round.cohort or choose another home");
    }
  }
}
