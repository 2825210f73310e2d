package io.tributary.simulation.faults;

/**
 * Unwinds the stack of a simulated process that was killed: the instruction after does not happen.
 * Whatever still runs on the way out (finally blocks, handlers of Throwable) finds that the
 * process's disk, network and ledger are out of its reach.
 */
public final class ProcessEnded extends Error {
  private static final long serialVersionUID = 1L;

  ProcessEnded(String process) {
    super(process + " was killed", null, false, false);
  }
}
