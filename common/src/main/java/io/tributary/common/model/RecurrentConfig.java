package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;

/**
 * A recurrent model of characters: the baseline of the original FedAvg paper's Shakespeare task
 * (McMahan et al., "Communication-efficient learning of deep networks from decentralized data",
 * AISTATS 2017, section 3: an embedding of 8, two LSTM layers of 256, a softmax over characters).
 *
 * @param cell default lstm
 * @param vocabularySize V, number of token ids
 * @param embeddingWidth size of a token's vector
 * @param width size of a layer's state
 * @param layers number of layers
 * @param contextLength T, tokens of one training sequence; gradients reach back so far
 * @param tokenizer as in {@link TransformerConfig}
 */
public record RecurrentConfig(
    Cell cell,
    int vocabularySize,
    int embeddingWidth,
    int width,
    int layers,
    int contextLength,
    String tokenizer)
    implements ModelConfig {
  private static final int MAX_WIDTH = 16_384;
  private static final int MAX_RECURRENT_LAYERS = 64;

  /** What keeps the state. */
  public enum Cell {
    /** Long short-term memory with a forget gate (Gers et al., 2000). */
    @JsonProperty("lstm")
    LSTM,
    /** Gated recurrent unit (Cho et al., 2014). */
    @JsonProperty("gru")
    GRU;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }

    /** Matrices side by side: gates and the candidate. */
    int parts() {
      return this == LSTM ? 4 : 3;
    }
  }

  /** Fills defaults and checks every size. */
  public RecurrentConfig {
    cell = cell == null ? Cell.LSTM : cell;
    tokenizer = tokenizer == null ? BYTES : tokenizer;
    Sizes.require("model.vocabulary-size", vocabularySize, 2, TransformerConfig.MAX_SIZE);
    Sizes.require("model.recurrent.embedding-width", embeddingWidth, 1, MAX_WIDTH);
    Sizes.require("model.width", width, 1, MAX_WIDTH);
    Sizes.require("model.layers", layers, 1, MAX_RECURRENT_LAYERS);
    Sizes.require("model.context-length", contextLength, 1, TransformerConfig.MAX_SIZE);
  }

  @Override
  public HeadRules head() {
    return HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false);
  }

  @Override
  public Stack stack() {
    return Stack.DECODER;
  }

  @Override
  public Layout layout() {
    Layout.Builder builder = Layout.builder();
    Initializer zeros = new Initializer.Zeros();
    builder.add(
        ModelTensors.TOKEN_EMBEDDING, new Initializer.Normal(1), vocabularySize, embeddingWidth);
    int in = embeddingWidth;
    for (int layer = 0; layer < layers; layer++) {
      String name = "layer." + layer;
      int out = cell.parts() * width;
      builder.add(
          ModelTensors.weight(name + ".input"),
          new Initializer.Normal(1 / StrictMath.sqrt(in)),
          in,
          out);
      builder.add(
          ModelTensors.weight(name + ".recurrent"),
          new Initializer.Normal(1 / StrictMath.sqrt(width)),
          width,
          out);
      builder.add(ModelTensors.bias(name), zeros, out);
      in = width;
    }
    builder.add(
        ModelTensors.weight(ModelTensors.HEAD),
        new Initializer.Normal(1 / StrictMath.sqrt(width)),
        width,
        vocabularySize);
    builder.add(ModelTensors.bias(ModelTensors.HEAD), zeros, vocabularySize);
    return builder.build();
  }

  @Override
  public long widestActivation() {
    return Math.max(vocabularySize, (long) cell.parts() * width);
  }

  @Override
  public long attentionScores() {
    return 0;
  }
}
