package io.tributary.simulation.faults.disk;

/** What a power cut leaves of what was not forced. */
public enum Survival {
  /** All that was not forced is lost. */
  NOTHING,
  /** Every un-forced sector and entry survives, or not, by the dice. */
  ANYTHING,
  /** The kernel had just written everything back. */
  EVERYTHING
}
