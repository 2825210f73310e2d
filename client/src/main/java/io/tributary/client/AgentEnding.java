package io.tributary.client;

import io.tributary.common.wire.v1.Farewell;

/**
 * How a {@link SiteAgent} ended.
 *
 * @param kind what that means for the process
 * @param message one line for the user
 */
public record AgentEnding(Kind kind, String message) {
  /** The ways to end. */
  public enum Kind {
    /** The job is over and was completed. */
    COMPLETED(0),
    /** Somebody asked the agent to stop. */
    STOPPED(0),
    /** The job failed, or this site cannot take part without somebody changing something. */
    FAILED(1);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** The exit code of a process that ends so. */
    public int exitCode() {
      return exitCode;
    }
  }

  /** The ending of a site that stays until a run is over, after the coordinator's farewell. */
  static AgentEnding after(Farewell farewell) {
    String run = SiteMessages.oneLine(farewell.getRunId());
    String over = "run " + run + (farewell.getCompleted() ? " is completed" : " failed");
    return new AgentEnding(
        farewell.getCompleted() ? Kind.COMPLETED : Kind.FAILED,
        farewell.getReason().isBlank()
            ? over
            : over + ": " + SiteMessages.oneLine(farewell.getReason()));
  }
}
