package io.tributary.transformer.samediff;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TokenBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of one transformer and its laid-out graph, in float or (for tests) double. */
final class TransformerPlan implements AutoCloseable {
  static final int FORWARD = 0;
  static final int BACKWARD = 1;

  /** All parameters, flat. */
  final INDArray parameters;

  /**
   * Derivatives of the trained tensors that the graph reads; 0 elsewhere; null without backward.
   */
  final INDArray gradient;

  final INDArray answers;
  final INDArray answersGradient;
  private final Map<String, INDArray> inputs;
  private final Map<String, INDArray> inputGradients = new LinkedHashMap<>();
  private final GraphParts parts;
  private final GraphPlan plan;
  private final List<INDArray> owned = new ArrayList<>();

  TransformerPlan(TransformerConfig config, int batch, DataType type, boolean withGradients) {
    this(config, batch, type, withGradients, TransformerGraph.End.ANSWERS);
  }

  TransformerPlan(
      TransformerConfig config,
      int batch,
      DataType type,
      boolean withGradients,
      TransformerGraph.End end) {
    boolean whole = false;
    try {
      Layout layout = config.layout();
      int slots = TokenBatch.targetSlots(config, batch);
      int columns = TransformerGraph.answerColumns(config, end);
      TransformerGraph transformer = new TransformerGraph(config, batch, type, withGradients, end);
      parts = transformer.parts;
      inputs = parts.inputs;
      owned.addAll(parts.constants.values());
      owned.addAll(inputs.values());
      parameters = own(Nd4j.create(type, layout.parameterCount()));
      answers = own(Nd4j.create(type, slots, columns));
      Map<String, INDArray> bound = new LinkedHashMap<>(parts.constants);
      bound.putAll(inputs);
      for (String name : parts.parameters.keySet()) {
        bound.put(name, view(parameters, layout.tensor(name)));
      }
      List<Map<String, INDArray>> stages = new ArrayList<>();
      stages.add(Map.of(TransformerGraph.ANSWERS, answers));
      if (withGradients) {
        gradient = own(Nd4j.create(type, layout.parameterCount()));
        answersGradient = own(Nd4j.create(type, slots, columns));
        bound.put(TransformerGraph.ANSWERS_GRADIENT, answersGradient);
        Map<String, INDArray> wanted = new LinkedHashMap<>();
        transformer.gradients.forEach(
            (name, gradientName) -> wanted.put(gradientName, target(name, layout)));
        stages.add(wanted);
      } else {
        gradient = null;
        answersGradient = null;
      }
      plan = new GraphPlan(parts.graph, bound, stages);
      whole = true;
    } finally {
      if (!whole) {
        closeOwned(); // nobody else will: the caller gets an exception and no plan
      }
    }
  }

  private INDArray target(String name, Layout layout) {
    if (inputs.containsKey(name)) {
      INDArray like = inputs.get(name);
      INDArray array = own(Nd4j.create(like.dataType(), like.shape()));
      inputGradients.put(name, array);
      return array;
    }
    return view(gradient, layout.tensor(name));
  }

  void run(int stage) {
    plan.run(stage);
  }

  int callCount(int stage) {
    return plan.callCount(stage);
  }

  /** The array of an input of {@link TransformerGraph}, to be filled before a run. */
  INDArray input(String name) {
    return inputs.get(name);
  }

  /** Whether the graph has this input. */
  boolean hasInput(String name) {
    return inputs.containsKey(name);
  }

  /** The gradient that reached an input, or null if nobody wants it. */
  INDArray inputGradient(String name) {
    return inputGradients.get(name);
  }

  /** What layers of experts add to the loss of the batch of the last forward run. */
  double balanceLoss() {
    return parts.experts == null ? 0 : parts.experts.balanceLoss();
  }

  /** Values that the graph's ops write, had each its own array. */
  long producedValues() {
    return plan.producedValues();
  }

  /** Values of the arrays that they share instead. */
  long pooledValues() {
    return plan.pooledValues();
  }

  private INDArray own(INDArray array) {
    owned.add(array);
    return array;
  }

  private static INDArray view(INDArray flat, TensorSpec tensor) {
    long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
    return Nd4j.create(
        flat.data(), shape, Nd4j.getStrides(shape, 'c'), tensor.offset(), 'c', flat.dataType());
  }

  @Override
  public void close() {
    plan.close();
    closeOwned();
  }

  private void closeOwned() {
    owned.forEach(INDArray::close);
    owned.clear();
  }
}
