package io.tributary.simulation.faults;

import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;

/**
 * What is simulated: the real thing, or one that a test has broken on purpose, so that it is known
 * that the invariants bite.
 */
public interface Build {
  /** The real thing. */
  Build SOUND = new Build() {};

  /** Makes the rows that outlive every process. */
  default Ledger ledger() {
    return new MemoryLedger();
  }

  /**
   * What one life of the coordinator takes for its ledger.
   *
   * @param rows of {@link #ledger}
   */
  default Ledger ledger(Ledger rows, FakeProcess life) {
    return rows;
  }

  /**
   * Whether disks do what they are told when a file or directory is forced.
   *
   * @param path of which
   */
  default boolean disksHonourForce(String path) {
    return true;
  }
}
