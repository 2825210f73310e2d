package io.tributary.transformer.samediff;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The parts of a block for models that only answer, a few rows at a time.
 *
 * <p>The arithmetic is the training graph's; the nodes are others, because there is no derivative
 * to provide for and because, at one row, a native call costs more than what it computes: norms and
 * rotary positions run in Java, queries, keys and values are looked at in place. Letters: B
 * sequences, t rows of each, N = B·t, d width, H heads, K heads with keys and values of their own,
 * g = H/K, s head width, f feed-forward width.
 */
final class InferenceBlocks {
  // GELU by tanh (Hendrycks and Gimpel, 2016): (1 + tanh u) / 2 is the sigmoid of 2u.
  private static final double GELU_SCALE = 2 * 0.7978845608028654; // 2·√(2/π)
  private static final double GELU_CUBIC = 0.044715;

  final SameDiff graph = SameDiff.create();
  final TransformerConfig config;
  final int batch;
  final int length;
  private final float[] values;
  private final Map<String, SDVariable> parameters = new LinkedHashMap<>();

  /**
   * Opens a graph with a placeholder for each parameter.
   *
   * @param values of all parameters, in layout order: norms keep theirs
   * @param batch B
   * @param length t
   */
  InferenceBlocks(TransformerConfig config, float[] values, int batch, int length) {
    this.config = config;
    this.values = values;
    this.batch = batch;
    this.length = length;
    for (TensorSpec tensor : config.layout().tensors()) {
      long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
      parameters.put(tensor.name(), graph.placeHolder(tensor.name(), DataType.FLOAT, shape));
    }
  }

  /** N. */
  int rows() {
    return batch * length;
  }

  /** A matrix or table by its whole name. */
  SDVariable parameter(String name) {
    return parameters.get(name);
  }

  /** A norm of all rows, (N, d). */
  SDVariable norm(SDVariable x, String name) {
    return norm(x, name, null);
  }

  /** A norm of the picked rows. */
  SDVariable norm(SDVariable x, String name, int[] picked) {
    float[] bias = config.norm().hasBias() ? copyOf(ModelTensors.bias(name)) : new float[0];
    return new RowNorm(x, config.norm(), copyOf(ModelTensors.gain(name)), bias, picked)
        .outputVariable();
  }

  private float[] copyOf(String name) {
    TensorSpec tensor = config.layout().tensor(name);
    int from = (int) tensor.offset();
    return Arrays.copyOfRange(values, from, from + tensor.size());
  }

  /** {@code x · weight + bias}; the bias is left out where the model has none. */
  SDVariable linear(SDVariable x, String name) {
    SDVariable y = InferenceOps.product(x, parameters.get(ModelTensors.weight(name)), false, 1);
    SDVariable bias = parameters.get(ModelTensors.bias(name));
    return bias == null ? y : y.add(bias);
  }

  /**
   * Columns as heads.
   *
   * @param x (N, heads·size)
   * @return (B, heads, t, size)
   */
  SDVariable heads(SDVariable x, int heads, int size) {
    if (length == 1) {
      return reshape(x, batch, heads, 1, size);
    }
    return reshape(x, batch, length, heads, size).permute(0, 2, 1, 3);
  }

  /**
   * Heads as columns.
   *
   * @param x (B, heads, t, size)
   * @return (N, heads·size)
   */
  SDVariable columns(SDVariable x, int heads, int size) {
    SDVariable byRow = length == 1 ? x : x.permute(0, 2, 1, 3);
    return reshape(byRow, rows(), (long) heads * size);
  }

  /** The same values in another shape, not copied. */
  SDVariable reshape(SDVariable x, long... shape) {
    return InferenceOps.view(x, array -> array.reshape('c', shape));
  }

  /** Some indices of an axis, not copied. */
  SDVariable slice(SDVariable x, int axis, long from, long to) {
    return InferenceOps.view(
        x,
        array -> {
          INDArrayIndex[] indices = new INDArrayIndex[array.rank()];
          Arrays.fill(indices, NDArrayIndex.all());
          indices[axis] = NDArrayIndex.interval(from, to);
          return array.get(indices);
        });
  }

  /** The feed-forward of each row, (N, d). */
  SDVariable feedForward(SDVariable x, BlockTensors names) {
    int inner = config.feedForwardWidth();
    SDVariable into = linear(x, names.feedForwardInput()); // (N, f) or (N, 2f)
    SDVariable activated =
        switch (config.feedForward().kind()) {
          case GELU -> gelu(into);
          case GELU_ERF -> graph.math.erf(into.mul(Math.sqrt(0.5))).add(1).mul(into.mul(0.5));
          case SWIGLU -> {
            SDVariable gate = slice(into, 1, 0, inner);
            yield graph.nn.sigmoid(gate).mul(gate).mul(slice(into, 1, inner, 2L * inner));
          }
          case EXPERTS -> throw new IllegalStateException("experts are not here yet");
        };
    return linear(activated, names.feedForwardOutput());
  }

  private SDVariable gelu(SDVariable x) {
    SDVariable slope = x.mul(x).mul(GELU_SCALE * GELU_CUBIC).add(GELU_SCALE);
    return graph.nn.sigmoid(slope.mul(x)).mul(x);
  }

  /** The input of a sublayer: normed before it, where norms stand before. */
  SDVariable before(SDVariable x, String norm) {
    return config.norm().before() ? norm(x, norm) : x;
  }

  /** The sum of a sublayer and its input: normed after it, where norms stand after. */
  SDVariable after(SDVariable x, SDVariable sublayer, String norm) {
    SDVariable sum = x.add(sublayer);
    return config.norm().before() ? sum : norm(sum, norm);
  }
}
