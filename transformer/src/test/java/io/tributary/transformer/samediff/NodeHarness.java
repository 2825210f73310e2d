package io.tributary.transformer.samediff;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One graph node in a plan of its own, with its derivative: inputs in, outputs and gradients out.
 *
 * <p>All inputs are views into one array, as a model's parameters are.
 */
final class NodeHarness implements AutoCloseable {
  private static final int FORWARD = 0;
  private static final int BACKWARD = 1;

  private final List<INDArray> owned = new ArrayList<>();
  private final Map<String, INDArray> bound = new LinkedHashMap<>();
  private final Map<String, INDArray> gradients = new LinkedHashMap<>();
  private final INDArray output;
  private final INDArray seed;
  private final GraphPlan plan;

  /** Makes the node's output from variables of the given names. */
  interface Node {
    SDVariable apply(Map<String, SDVariable> inputs);
  }

  /**
   * Lays the node out.
   *
   * @param wanted inputs whose gradient is asked for; none: the plan has no derivative
   */
  NodeHarness(
      DataType type,
      Map<String, long[]> inputs,
      List<String> wanted,
      long[] outputShape,
      Node node) {
    SameDiff graph = SameDiff.create();
    Map<String, SDVariable> variables = new LinkedHashMap<>();
    inputs.forEach((name, shape) -> variables.put(name, graph.placeHolder(name, type, shape)));
    SDVariable y = node.apply(variables);
    long room = 7;
    for (long[] shape : inputs.values()) {
      room += length(shape);
    }
    INDArray flat = own(Nd4j.create(type, room));
    long offset = 7;
    for (Map.Entry<String, long[]> input : inputs.entrySet()) {
      long[] shape = input.getValue();
      bound.put(
          input.getKey(),
          Nd4j.create(flat.data(), shape, Nd4j.getStrides(shape, 'c'), offset, 'c', type));
      offset += length(shape);
    }
    output = own(Nd4j.create(type, outputShape));
    seed = own(Nd4j.create(type, outputShape));
    List<Map<String, INDArray>> stages = new ArrayList<>();
    stages.add(Map.of(y.name(), output));
    if (!wanted.isEmpty()) {
      SDVariable dy = graph.placeHolder("seed", type, outputShape);
      bound.put("seed", seed);
      Map<String, String> names = ReverseMode.differentiate(graph, y.name(), dy, wanted);
      Map<String, INDArray> targets = new LinkedHashMap<>();
      names.forEach(
          (name, gradient) -> {
            gradients.put(name, own(Nd4j.create(type, inputs.get(name))));
            targets.put(gradient, gradients.get(name));
          });
      stages.add(targets);
    }
    plan = new GraphPlan(graph, bound, stages);
  }

  double[] forward(Map<String, double[]> inputs) {
    inputs.forEach(
        (name, values) -> {
          INDArray target = bound.get(name);
          target.assign(Nd4j.createFromArray(values).reshape(target.shape()));
        });
    plan.run(FORWARD);
    return output.data().asDouble();
  }

  Map<String, double[]> backward(double[] outputGradient) {
    seed.assign(Nd4j.createFromArray(outputGradient).reshape(seed.shape()));
    plan.run(BACKWARD);
    Map<String, double[]> values = new LinkedHashMap<>();
    gradients.forEach((name, array) -> values.put(name, array.data().asDouble()));
    return values;
  }

  GraphPlan plan() {
    return plan;
  }

  static double[] gaussian(long seed, String stream, long... shape) {
    CounterRandom random = new CounterRandom(seed, stream);
    double[] values = new double[(int) length(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  /** Central differences of a scalar function of one input. */
  static double[] differences(
      double[] input, double step, java.util.function.DoubleSupplier function) {
    double[] gradient = new double[input.length];
    for (int i = 0; i < input.length; i++) {
      double value = input[i];
      input[i] = value + step;
      double above = function.getAsDouble();
      input[i] = value - step;
      gradient[i] = (above - function.getAsDouble()) / (2 * step);
      input[i] = value;
    }
    return gradient;
  }

  private static long length(long[] shape) {
    return LongStream.of(shape).reduce(1, Math::multiplyExact);
  }

  private INDArray own(INDArray array) {
    owned.add(array);
    return array;
  }

  @Override
  public void close() {
    plan.close();
    owned.forEach(INDArray::close);
  }
}
