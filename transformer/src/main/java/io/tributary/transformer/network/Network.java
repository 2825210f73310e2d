package io.tributary.transformer.network;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * A network at work for one task: whatever computes a loss and moves parameters by an updater of
 * its own, whose state starts at zero. Belongs to one thread.
 */
interface Network extends AutoCloseable {
  /** The parameters by name, live: what is assigned to them is what the network computes with. */
  Map<String, INDArray> parameters();

  /** Sets the learning rate of every updater that has one. */
  void learningRate(double rate);

  /**
   * One step of its updater.
   *
   * @return the loss of the batch before it, a mean over its examples
   */
  double step(MultiDataSet batch);

  /** The loss of a batch as in use, not as in training; a mean over its examples. */
  double loss(MultiDataSet batch);

  @Override
  void close();
}
