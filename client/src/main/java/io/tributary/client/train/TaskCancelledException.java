package io.tributary.client.train;

/** Ends a task that nobody wants any more; only the task runner catches it. */
public final class TaskCancelledException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the task. */
  public TaskCancelledException(String task) {
    super(task + " was cancelled");
  }
}
