package io.tributary.transformer.examples;

/**
 * A site's data as one task sees it. All of it follows from (data, job): what is held out is the
 * same in every round and after every restart, hidden tokens included.
 */
public interface ExampleSource {
  /** T of the model that it is for. */
  int contextLength();

  /** Examples of one epoch: the weight of the site's update. */
  int trainingCount();

  /**
   * The examples of one epoch; their order is up to whoever trains.
   *
   * @param seed of the training task
   * @param epoch counted from 0
   */
  Examples training(long seed, int epoch);

  /** What judges a model. */
  Examples heldOut();

  /** Answers that are asked for in all of {@link #heldOut()}. */
  long heldOutTargets();
}
