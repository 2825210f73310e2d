package io.tributary.cli.demo;

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
    if (rounds < 1) {
      throw new IllegalArgumentException("--rounds is " + rounds + " but must be at least 1");
    }
    if (kill && sites < 3) {
      throw new IllegalArgumentException(
          "--sites is "
              + sites
              + " but one of them is killed and the rest must make a quorum of 2: raise --sites or"
              + " give --no-kill");
    }
  }
}
