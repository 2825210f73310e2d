package io.tributary.transformer.samediff;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of one decoder and its laid-out graph, in float or (for tests) double. */
final class DecoderPlan implements AutoCloseable {
  static final int FORWARD = 0;
  static final int BACKWARD = 1;

  final INDArray parameters;
  final INDArray gradient;
  final INDArray input;
  final INDArray inputGradient;
  final INDArray logits;
  final INDArray logitsGradient;
  private final GraphPlan plan;
  private final List<INDArray> owned = new ArrayList<>();

  DecoderPlan(TransformerConfig config, int batch, DataType type, boolean withGradients) {
    boolean whole = false;
    try {
      Layout layout = config.layout();
      int rows = batch * config.contextLength();
      DecoderGraph decoder = new DecoderGraph(config, batch, type, withGradients);
      owned.addAll(decoder.constants.values());
      parameters = own(Nd4j.create(type, layout.parameterCount()));
      input = own(Nd4j.create(type, rows, config.width()));
      logits = own(Nd4j.create(type, rows, config.vocabularySize()));
      Map<String, INDArray> bound = new LinkedHashMap<>(decoder.constants);
      bound.put(DecoderGraph.INPUT, input);
      for (TensorSpec tensor : layout.tensors()) {
        bound.put(tensor.name(), view(parameters, tensor));
      }
      List<Map<String, INDArray>> stages = new ArrayList<>();
      stages.add(Map.of(DecoderGraph.LOGITS, logits));
      if (withGradients) {
        gradient = own(Nd4j.create(type, layout.parameterCount()));
        inputGradient = own(Nd4j.create(type, rows, config.width()));
        logitsGradient = own(Nd4j.create(type, rows, config.vocabularySize()));
        bound.put(DecoderGraph.LOGITS_GRADIENT, logitsGradient);
        Map<String, INDArray> wanted = new LinkedHashMap<>();
        decoder.gradients.forEach(
            (name, gradientName) ->
                wanted.put(
                    gradientName,
                    name.equals(DecoderGraph.INPUT)
                        ? inputGradient
                        : view(gradient, layout.tensor(name))));
        stages.add(wanted);
      } else {
        gradient = null;
        inputGradient = null;
        logitsGradient = null;
      }
      plan = new GraphPlan(decoder.graph, bound, stages);
      whole = true;
    } finally {
      if (!whole) {
        closeOwned(); // nobody else will: the caller gets an exception and no plan
      }
    }
  }

  void run(int stage) {
    plan.run(stage);
  }

  int callCount(int stage) {
    return plan.callCount(stage);
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
