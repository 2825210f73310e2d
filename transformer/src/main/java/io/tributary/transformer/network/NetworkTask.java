package io.tributary.transformer.network;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TrainingDivergedException;
import io.tributary.transformer.TrainingProgress;
import io.tributary.transformer.TrainingResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One training or one judgement by a network that is not of this project's family.
 *
 * <p>Each task builds the network anew from its description, so that nothing of an earlier task is
 * left: its updater starts at zero, its schedules at their beginning. Of the job it takes the
 * learning rate and the batches; updater, regularization and constraints are the network's own.
 * What the network draws itself (dropout) comes from ND4J's global generator, seeded with the task.
 */
public final class NetworkTask {
  private static final int EVALUATION_BATCH = 256;

  private final NetworkProgram program;
  private final Layout layout;
  private final NetworkExamples examples;

  /** A task of a network whose tensors a job names. */
  public NetworkTask(NetworkProgram program, Layout layout, NetworkExamples examples) {
    this.program = program;
    this.layout = layout;
    this.examples = examples;
  }

  /** Steps of a task. */
  public static long stepsOf(ExampleSplit split, int batchSize, int epochs) {
    return NetworkBatches.stepsOf(split.training().length, batchSize, epochs);
  }

  /**
   * Trains.
   *
   * @param start flat vector, unchanged
   * @param learningRate of every step
   * @param seed of batches and of what the network draws
   * @param stopIfUnwanted called before each step; leaves by exception
   * @throws TrainingDivergedException if the loss is no number
   * @throws IllegalArgumentException if the network has other tensors, or the data does not fit it
   */
  public TrainingResult train(
      float[] start,
      ExampleSplit split,
      int batchSize,
      int steps,
      double learningRate,
      long seed,
      TrainingProgress progress,
      Runnable stopIfUnwanted) {
    Nd4j.getRandom().setSeed(seed);
    try (Network network = program.open()) {
      Map<String, INDArray> parameters = fitting(network);
      load(parameters, layout.tensors(), start);
      network.learningRate(learningRate);
      List<TensorSpec> frozen =
          layout.tensors().stream().filter(tensor -> !tensor.trainable()).toList();
      NetworkBatches batches = new NetworkBatches(split.training(), batchSize, seed);
      double lossSum = 0;
      for (int step = 1; step <= steps; step++) {
        stopIfUnwanted.run();
        double loss = network.step(examples.batch(batches.next()));
        if (!Double.isFinite(loss)) {
          throw new TrainingDivergedException(step, loss);
        }
        // The network may move them, but must not compute its next step with them moved.
        load(parameters, frozen, start);
        lossSum += loss;
        progress.stepDone(step, steps, loss);
      }
      return new TrainingResult(read(parameters), split.training().length, steps, lossSum / steps);
    }
  }

  /**
   * The sum of the network's loss over the held-out examples.
   *
   * @param start flat vector, unchanged
   * @param judged hears how many are done
   */
  public double evaluate(
      float[] start, ExampleSplit split, LongConsumer judged, Runnable stopIfUnwanted) {
    int[] heldOut = split.heldOut();
    try (Network network = program.open()) {
      load(fitting(network), layout.tensors(), start);
      double sum = 0;
      for (int first = 0; first < heldOut.length; first += EVALUATION_BATCH) {
        stopIfUnwanted.run();
        int end = Math.min(heldOut.length, first + EVALUATION_BATCH);
        int[] chosen = IntStream.range(first, end).map(i -> heldOut[i]).toArray();
        MultiDataSet batch = examples.batch(chosen);
        sum += network.loss(batch) * chosen.length;
        judged.accept(end);
      }
      return sum;
    }
  }

  private Map<String, INDArray> fitting(Network network) {
    Map<String, INDArray> parameters = network.parameters();
    for (TensorSpec tensor : layout.tensors()) {
      INDArray found = parameters.get(tensor.name());
      if (found == null) {
        throw new IllegalArgumentException(
            "the job has a tensor "
                + tensor.name()
                + " but the network has none: its tensors are "
                + parameters.keySet());
      }
      List<Integer> shape = NetworkTensor.shapeOf(found);
      if (!shape.equals(tensor.shape())) {
        throw new IllegalArgumentException(
            "tensor "
                + tensor.name()
                + " has shape "
                + tensor.shape()
                + " in the job but "
                + shape
                + " in the network");
      }
    }
    List<String> left = new ArrayList<>(parameters.keySet());
    left.removeIf(name -> layout.find(name).isPresent());
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "the network has tensors that the job does not name: " + left);
    }
    return parameters;
  }

  private static void load(
      Map<String, INDArray> parameters, List<TensorSpec> tensors, float[] flat) {
    for (TensorSpec tensor : tensors) {
      HostArrays.assign(parameters.get(tensor.name()), flat, (int) tensor.offset());
    }
  }

  private float[] read(Map<String, INDArray> parameters) {
    float[] flat = new float[layout.parameterCount()];
    for (TensorSpec tensor : layout.tensors()) {
      float[] values = HostArrays.values(parameters.get(tensor.name()));
      System.arraycopy(values, 0, flat, (int) tensor.offset(), values.length);
    }
    return flat;
  }
}
