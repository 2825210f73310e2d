package io.tributary.transformer.samediff;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The decoder from embedded input to logits as a SameDiff graph, for one fixed batch.
 *
 * <p>Both ends that touch the vocabulary stay outside: {@code x} is embedded before and the
 * gradient of the logits is given, because SameDiff differentiates a lookup as a loop over indices
 * (minutes a step). Letters: B sequences, T positions, N = B·T, d width, H heads, s = d/H, f
 * feed-forward width, V vocabulary.
 */
final class DecoderGraph {
  static final String INPUT = "x";
  static final String LOGITS = "logits";
  static final String LOGITS_GRADIENT = "logits.gradient";

  /** Added to the variance in every norm. */
  static final double NORM_EPSILON = 1e-5;

  /** Added to scores of later positions: exp of it is 0 in float and double. */
  private static final float MASKED = -1e9f;

  // GELU by tanh (Hendrycks and Gimpel, 2016), the form GPT-2 uses.
  private static final double GELU_SCALE = 0.7978845608028654; // √(2/π)
  private static final double GELU_CUBIC = 0.044715;

  final SameDiff graph = SameDiff.create();
  final Map<String, INDArray> constants = new LinkedHashMap<>();

  private final TransformerConfig config;
  private final int batch;
  private final DataType type;
  private final Map<String, SDVariable> parameters = new LinkedHashMap<>();
  private SDVariable ones;
  private SDVariable onesColumn;
  private SDVariable center;
  private SDVariable average;

  /** Names of gradients by tensor; the input's under {@link #INPUT}. Empty without backward. */
  final Map<String, String> gradients = new LinkedHashMap<>();

  DecoderGraph(TransformerConfig config, int batch, DataType type, boolean withGradients) {
    this.config = config;
    this.batch = batch;
    this.type = type;
    boolean whole = false;
    try {
      describe(withGradients);
      whole = true;
    } finally {
      if (!whole) {
        constants.values().forEach(INDArray::close);
      }
    }
  }

  private void describe(boolean withGradients) {
    int rows = batch * config.contextLength();
    SDVariable x = graph.placeHolder(INPUT, type, rows, config.width());
    for (TensorSpec tensor : config.layout().tensors()) {
      if (!tensor.name().equals(ModelTensors.POSITION_EMBEDDING)) {
        long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
        parameters.put(tensor.name(), graph.placeHolder(tensor.name(), type, shape));
      }
    }
    SDVariable logits = logits(x, rows);
    logits.rename(LOGITS);
    if (withGradients) {
      SDVariable seed = graph.placeHolder(LOGITS_GRADIENT, type, rows, config.vocabularySize());
      List<String> wanted = new ArrayList<>(parameters.keySet());
      wanted.add(INPUT);
      gradients.putAll(ReverseMode.differentiate(graph, LOGITS, seed, wanted));
    }
  }

  private SDVariable logits(SDVariable input, int rows) {
    int width = config.width();
    ones = constant("ones", Nd4j.ones(type, 1, rows));
    // (d, d): x·center subtracts each row's mean. Products with small constants are several times
    // as fast as ND4J's row reductions and their derivatives.
    center =
        constant(
            "center", Nd4j.eye(width).castTo(type).sub(Nd4j.ones(type, width, width).div(width)));
    average = constant("average", Nd4j.ones(type, width, 1).div(width));
    onesColumn = constant("ones.column", Nd4j.ones(type, width, 1));
    SDVariable mask = constant("mask", causalMask(config.contextLength()));
    SDVariable x = input;
    for (int layer = 0; layer < config.layers(); layer++) {
      SDVariable attended =
          norm(
              x,
              ModelTensors.gain(ModelTensors.layer(layer).attentionNorm()),
              ModelTensors.bias(ModelTensors.layer(layer).attentionNorm()));
      x = x.add(attention(attended, layer, mask));
      SDVariable fed =
          norm(
              x,
              ModelTensors.gain(ModelTensors.layer(layer).feedForwardNorm()),
              ModelTensors.bias(ModelTensors.layer(layer).feedForwardNorm()));
      x = x.add(feedForward(fed, layer));
    }
    SDVariable last =
        norm(
            x,
            ModelTensors.gain(ModelTensors.FINAL_NORM),
            ModelTensors.bias(ModelTensors.FINAL_NORM));
    // (N, V): the head is the token embedding, transposed.
    return graph.mmul(last, parameters.get(ModelTensors.TOKEN_EMBEDDING), false, true, false);
  }

  private SDVariable norm(SDVariable x, String gain, String bias) {
    SDVariable centered = DecoderOps.constantProduct(x, center);
    SDVariable variance = DecoderOps.constantProduct(centered.mul(centered), average); // (N, 1)
    SDVariable inverse = DecoderOps.inverseRoot(variance.add(NORM_EPSILON));
    SDVariable normal = DecoderOps.columnScale(centered, inverse, onesColumn);
    SDVariable scaled = DecoderOps.rowGain(normal, parameters.get(gain), ones);
    return DecoderOps.rowBias(scaled, parameters.get(bias), ones);
  }

  private SDVariable attention(SDVariable x, int layer, SDVariable mask) {
    int length = config.contextLength();
    int heads = config.heads();
    int size = config.headWidth();
    int width = config.width();
    int rows = batch * length;
    SDVariable joined =
        DecoderOps.linear(
            x,
            parameters.get(ModelTensors.weight(ModelTensors.layer(layer).attentionInput())),
            parameters.get(ModelTensors.bias(ModelTensors.layer(layer).attentionInput())),
            ones); // (N, 3d)
    SDVariable[] parts =
        graph.unstack(
            DecoderOps.reshape(joined, new long[] {rows, 3L * width}, batch, length, 3, heads, size)
                .permute(2, 0, 3, 1, 4), // (3, B, H, T, s)
            0,
            3);
    SDVariable scaledQueries = parts[0].mul(1 / Math.sqrt(size));
    SDVariable scores = graph.mmul(scaledQueries, parts[1], false, true, false); // (B, H, T, T)
    SDVariable weights = graph.nn.softmax(DecoderOps.plusConstant(scores, mask), -1);
    SDVariable mixed = graph.mmul(weights, parts[2], false, false, false); // (B, H, T, s)
    SDVariable rejoined =
        DecoderOps.reshape(
            mixed.permute(0, 2, 1, 3), new long[] {batch, length, heads, size}, rows, width);
    return DecoderOps.linear(
        rejoined,
        parameters.get(ModelTensors.weight(ModelTensors.layer(layer).attentionOutput())),
        parameters.get(ModelTensors.bias(ModelTensors.layer(layer).attentionOutput())),
        ones);
  }

  private SDVariable feedForward(SDVariable x, int layer) {
    SDVariable inner =
        DecoderOps.linear(
            x,
            parameters.get(ModelTensors.weight(ModelTensors.layer(layer).feedForwardInput())),
            parameters.get(ModelTensors.bias(ModelTensors.layer(layer).feedForwardInput())),
            ones); // (N, f)
    return DecoderOps.linear(
        gelu(inner),
        parameters.get(ModelTensors.weight(ModelTensors.layer(layer).feedForwardOutput())),
        parameters.get(ModelTensors.bias(ModelTensors.layer(layer).feedForwardOutput())),
        ones);
  }

  private static SDVariable gelu(SDVariable x) {
    SDVariable slope = x.mul(x).mul(GELU_SCALE * GELU_CUBIC).add(GELU_SCALE);
    return DecoderOps.tanh(x.mul(slope)).add(1.0).mul(x.mul(0.5));
  }

  /** (1, 1, T, T): 0 where column ≤ row, so that no position sees a later one. */
  private INDArray causalMask(int length) {
    float[] mask = new float[Math.multiplyExact(length, length)];
    for (int row = 0; row < length; row++) {
      Arrays.fill(mask, row * length + row + 1, (row + 1) * length, MASKED);
    }
    return Nd4j.create(mask, new long[] {1, 1, length, length}, 'c').castTo(type);
  }

  private SDVariable constant(String name, INDArray value) {
    constants.put(name, value);
    return graph.placeHolder(name, type, value.shape());
  }
}
