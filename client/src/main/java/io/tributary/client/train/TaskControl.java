package io.tributary.client.train;

/** The agent's hand on a running task; trainers call it between steps. Safe on any thread. */
public interface TaskControl {
  /**
   * Reports how far the task is. Cheap: the agent sends a bounded number of these.
   *
   * @param done steps of a training, predicted bytes of an evaluation
   * @param total of them in all
   * @throws TaskCancelledException if nobody wants the task any more
   */
  void progress(long done, long total);

  /**
   * Leaves a task that nobody wants any more.
   *
   * @throws TaskCancelledException if so
   */
  void checkNotCancelled();
}
