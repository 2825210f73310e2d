package io.tributary.common.model;

import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sizes of a decoder-only transformer language model, and the layout of its parameters.
 *
 * <p>Pre-norm blocks with LayerNorm, causal multi-head attention, learned positions, a GELU
 * feed-forward, a final LayerNorm, and an output head tied to the token embedding (Radford et al.,
 * "Language models are unsupervised multitask learners", 2019). Weight matrices are stored (in,
 * out), so that a row vector times the matrix is the layer; queries, keys and values share one
 * matrix whose columns are all queries (head by head), then all keys, then all values.
 *
 * @param vocabularySize number of token ids; 256 for bytes
 * @param width d, size of a token's vector
 * @param layers number of blocks
 * @param heads attention heads; divides {@code width}
 * @param feedForwardWidth inner size of the feed-forward
 * @param contextLength T, most tokens the model sees at once
 */
public record TransformerConfig(
    int vocabularySize, int width, int layers, int heads, int feedForwardWidth, int contextLength) {

  /** Most values one of the sizes may have: keeps products within an int and errors early. */
  public static final int MAX_SIZE = 1 << 20;

  /** Most blocks: a layout has a dozen tensors for each, built before anything else is checked. */
  public static final int MAX_LAYERS = 1024;

  /** Standard deviation of initial weights, as in GPT-2. */
  private static final double WEIGHT_DEVIATION = 0.02;

  private static final Map<String, TransformerConfig> PRESETS =
      new TreeMap<>(
          Map.of(
              "gpt-tiny", new TransformerConfig(256, 128, 4, 4, 512, 64),
              "shakespeare-tiny", new TransformerConfig(256, 96, 3, 4, 384, 64)));

  /** Checks every size and that heads divide the width. */
  public TransformerConfig {
    requireSize("model.vocabulary-size", vocabularySize, 2, MAX_SIZE);
    requireSize("model.width", width, 1, MAX_SIZE);
    requireSize("model.layers", layers, 1, MAX_LAYERS);
    requireSize("model.heads", heads, 1, MAX_SIZE);
    requireSize("model.feed-forward-width", feedForwardWidth, 1, MAX_SIZE);
    requireSize("model.context-length", contextLength, 1, MAX_SIZE);
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "model.width is "
              + width
              + " but model.heads is "
              + heads
              + ": width must be a multiple of heads");
    }
    // Every value that layout() places, in long: the bounds above keep it below 2^54.
    long layer = 4L * width * width + 2L * width * feedForwardWidth + 9L * width + feedForwardWidth;
    long parameters = layers * layer + ((long) vocabularySize + contextLength + 2) * width;
    if (parameters > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the model would have "
              + parameters
              + " parameters but at most "
              + Integer.MAX_VALUE
              + " are possible: lower model.width or model.layers");
    }
  }

  /**
   * A configuration by name: {@code gpt-tiny} (0.8 M parameters) or {@code shakespeare-tiny} (0.37
   * M, the demo's).
   *
   * @throws IllegalArgumentException naming the known presets, if there is none of that name
   */
  public static TransformerConfig preset(String name) {
    TransformerConfig preset = PRESETS.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "model.preset is " + name + ": known presets are " + String.join(", ", PRESETS.keySet()));
    }
    return preset;
  }

  /** The same model for another vocabulary. */
  public TransformerConfig withVocabularySize(int size) {
    return new TransformerConfig(size, width, layers, heads, feedForwardWidth, contextLength);
  }

  /** Size of one attention head. */
  public int headWidth() {
    return width / heads;
  }

  /** Names, shapes, order and initial values of all parameters. */
  public Layout layout() {
    Initializer zeros = new Initializer.Zeros();
    Initializer ones = new Initializer.Ones();
    Initializer normal = new Initializer.Normal(WEIGHT_DEVIATION);
    // Two residual additions a layer: scaled so that the sum's variance does not grow with depth.
    Initializer residual = new Initializer.Normal(WEIGHT_DEVIATION / StrictMath.sqrt(2.0 * layers));
    Layout.Builder builder = Layout.builder();
    builder.add(ModelTensors.TOKEN_EMBEDDING, normal, vocabularySize, width);
    builder.add(ModelTensors.POSITION_EMBEDDING, normal, contextLength, width);
    for (int layer = 0; layer < layers; layer++) {
      builder.add(ModelTensors.attentionNormGain(layer), ones, width);
      builder.add(ModelTensors.attentionNormBias(layer), zeros, width);
      builder.add(ModelTensors.attentionInputWeight(layer), normal, width, 3 * width);
      builder.add(ModelTensors.attentionInputBias(layer), zeros, 3 * width);
      builder.add(ModelTensors.attentionOutputWeight(layer), residual, width, width);
      builder.add(ModelTensors.attentionOutputBias(layer), zeros, width);
      builder.add(ModelTensors.feedForwardNormGain(layer), ones, width);
      builder.add(ModelTensors.feedForwardNormBias(layer), zeros, width);
      builder.add(ModelTensors.feedForwardInputWeight(layer), normal, width, feedForwardWidth);
      builder.add(ModelTensors.feedForwardInputBias(layer), zeros, feedForwardWidth);
      builder.add(ModelTensors.feedForwardOutputWeight(layer), residual, feedForwardWidth, width);
      builder.add(ModelTensors.feedForwardOutputBias(layer), zeros, width);
    }
    builder.add(ModelTensors.FINAL_NORM_GAIN, ones, width);
    builder.add(ModelTensors.FINAL_NORM_BIAS, zeros, width);
    return builder.build();
  }

  private static void requireSize(String key, int value, int atLeast, int atMost) {
    if (value < atLeast || value > atMost) {
      throw new IllegalArgumentException(
          key + " is " + value + ": it must be between " + atLeast + " and " + atMost);
    }
  }
}
