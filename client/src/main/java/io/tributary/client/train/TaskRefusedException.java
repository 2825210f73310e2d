package io.tributary.client.train;

/** This site will not or cannot do a task. The message travels to the coordinator. */
public final class TaskRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes a refusal with a reason that holds no data, no parameters and no path of this site. */
  public TaskRefusedException(String reason) {
    super(reason);
  }

  /** Adds what caused it, which stays home. */
  public TaskRefusedException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
