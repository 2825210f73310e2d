package io.tributary.simulation.swarm;

/** A swarm saw something that must not be: what was measured until then means nothing. */
final class SwarmFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says what, in one line. */
  SwarmFailedException(String message) {
    super(message);
  }
}
