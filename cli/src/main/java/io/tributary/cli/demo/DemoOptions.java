package io.tributary.cli.demo;

import io.tributary.common.job.JobSpec;
import io.tributary.examples.shakespeare.RoleSites;
import java.nio.file.Path;

/**
 * What the user chose for the demo.
 *
 * @param sites how many, the chorus included
 * @param rounds how many
 * @param seed of weights, selection, splits and batches
 * @param home where its files go; null for a temporary directory
 * @param keep whether the files stay
 * @param kill whether one site is killed while it trains
 * @param baseline whether the largest site also trains alone, for comparison
 * @param json whether the last line is one JSON object
 */
public record DemoOptions(
    int sites,
    int rounds,
    long seed,
    Path home,
    boolean keep,
    boolean kill,
    boolean baseline,
    boolean json) {
  /** Checks the numbers that no other record checks. */
  public DemoOptions {
    if (rounds < 1 || rounds > JobSpec.MAX_ROUNDS) {
      throw new IllegalArgumentException(
          "--rounds is " + rounds + " but must be 1 to " + JobSpec.MAX_ROUNDS);
    }
    if (sites < RoleSites.MIN_SITES || sites > RoleSites.MAX_SITES) {
      throw new IllegalArgumentException(
          "--sites is "
              + sites
              + " but must be "
              + RoleSites.MIN_SITES
              + " to "
              + RoleSites.MAX_SITES);
    }
    if (kill && sites < 3) {
      throw new IllegalArgumentException(
          "--sites is "
              + sites
              + " but one of them is killed and two must be left: raise --sites or give --no-kill");
    }
  }
}
