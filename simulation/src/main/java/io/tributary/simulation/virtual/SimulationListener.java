package io.tributary.simulation.virtual;

/** Hears how a simulation goes on; on its thread. */
public interface SimulationListener {
  /** Hears nothing. */
  SimulationListener SILENT = new SimulationListener() {};

  /**
   * Sites are made and the run begins, or goes on.
   *
   * @param smallestBytes of text at any site
   * @param largestBytes of text at any site
   */
  default void started(int sites, long smallestBytes, long largestBytes) {}

  /** A training or an evaluation came to its end at a site. */
  default void taskOver() {}

  /** An attempt at a round was recorded; also those of an earlier process, at the start. */
  default void round(RoundLine line) {}
}
