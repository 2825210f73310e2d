package io.tributary.transformer;

/** Hears of each training step, on the training thread; must be quick. */
@FunctionalInterface
public interface TrainingProgress {
  /** Nobody listens. */
  TrainingProgress NONE = (step, totalSteps, lossNats) -> {};

  /**
   * A step is done.
   *
   * @param step counted from 1
   * @param totalSteps steps of the task
   * @param lossNats mean loss of the step's batch, in nats per byte
   */
  void stepDone(int step, int totalSteps, double lossNats);
}
