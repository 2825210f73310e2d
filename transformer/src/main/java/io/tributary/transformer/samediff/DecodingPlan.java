package io.tributary.transformer.samediff;

import io.tributary.common.model.TransformerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of a decoding step of t tokens, and its laid-out graph. */
final class DecodingPlan implements AutoCloseable {
  final StepInputs inputs;

  /** Rows of new tokens, (N, d). */
  final float[] embedded;

  private final INDArray input;
  private final INDArray cacheRows;
  private final INDArray mask;
  private final INDArray logits;
  private final GraphPlan plan;
  private final List<INDArray> owned = new ArrayList<>();

  /**
   * Lays a step out.
   *
   * @param values of all parameters, in layout order
   * @param parameters by tensor, the same on the device
   * @param source of an encoder–decoder, or null
   * @param batch B
   * @param length t
   */
  DecodingPlan(
      TransformerConfig config,
      float[] values,
      Map<String, INDArray> parameters,
      KeyValueCache cache,
      EncodedSource source,
      int batch,
      int length) {
    boolean whole = false;
    try {
      inputs = new StepInputs(config, values, batch, length, cache.parts());
      int rows = batch * length;
      embedded = new float[Math.multiplyExact(rows, config.width())];
      input = own(Nd4j.create(DataType.FLOAT, rows, config.width()));
      cacheRows = own(Nd4j.create(DataType.INT32, batch, cache.parts(), length));
      mask =
          own(Nd4j.create(DataType.FLOAT, batch, config.heads(), length, config.contextLength()));
      logits = own(Nd4j.create(DataType.FLOAT, batch, config.vocabularySize()));
      DecodingGraph step = new DecodingGraph(config, values, cache, inputs);
      Map<String, INDArray> bound = new LinkedHashMap<>(parameters);
      step.blocks.parts.constants.forEach((name, array) -> bound.put(name, own(array)));
      bound.put(DecodingGraph.INPUT, input);
      bound.put(DecodingGraph.CACHE_ROWS, cacheRows);
      bound.put(DecodingGraph.MASK, mask);
      for (int layer = 0; layer < config.layers(); layer++) {
        bound.put(DecodingGraph.cacheName(layer), cache.layer(layer));
        if (source != null) {
          bound.put(DecodingGraph.sourceName(layer), source.layer(layer));
        }
      }
      if (source != null) {
        bound.put(DecodingGraph.SOURCE_MASK, own(source.maskFor(length)));
      }
      plan =
          new GraphPlan(
              step.blocks.parts.graph, bound, List.of(Map.of(DecodingGraph.LOGITS, logits)));
      whole = true;
    } finally {
      if (!whole) {
        closeOwned(); // nobody else will: the caller gets an exception and no plan
      }
    }
  }

  /**
   * Runs the step on {@link #embedded} and {@link #inputs}.
   *
   * @param result overwritten with (B, V) values
   */
  void run(float[] result) {
    HostTransfer.upload(embedded, input);
    HostTransfer.upload(inputs.cacheRows, cacheRows);
    HostTransfer.upload(inputs.mask, mask);
    plan.run(0);
    HostTransfer.download(logits, result);
  }

  /** Number of calls of a run. */
  int callCount() {
    return plan.callCount(0);
  }

  private INDArray own(INDArray array) {
    owned.add(array);
    return array;
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
