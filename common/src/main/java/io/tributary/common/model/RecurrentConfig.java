package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.util.List;

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
    implements TextModelConfig {
  private static final String FORGET = "forget";
  private static final int MAX_WIDTH = 16_384;
  private static final int MAX_PARAMETERS = 1 << 30;
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

    /** What the rows of its matrices are, in order: gates and the candidate. */
    List<String> parts() {
      return this == LSTM
          ? List.of("candidate", FORGET, "output", "input")
          : List.of("reset", "update", "candidate");
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
    TransformerFit.requireTokenizer(tokenizer);
    double parameters =
        2.0 * layers * cell.parts().size() * width * Math.max(width, embeddingWidth);
    if (parameters + (double) vocabularySize * (width + embeddingWidth) > MAX_PARAMETERS) {
      throw new IllegalArgumentException(
          "model.width is "
              + width
              + " with "
              + layers
              + " layers: the model would have more than "
              + MAX_PARAMETERS
              + " parameters; lower model.width or model.layers");
    }
  }

  @Override
  public HeadRules head() {
    return HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false);
  }

  @Override
  public Stack stack() {
    return Stack.DECODER;
  }

  /**
   * The tensors, in the order and with the strides of DL4J's parameter vector, so that handing
   * parameters over is a straight copy. Unlike a transformer's, matrices are therefore stored (out,
   * in), as PyTorch stores those of its recurrent layers:
   *
   * <ul>
   *   <li>{@code token.embedding} (e, V);
   *   <li>{@code layer.N.input.weight} (parts · w, in) and {@code layer.N.recurrent.weight} (parts
   *       · w, w): of an LSTM candidate, forget, output and input gate one under another; of a GRU
   *       reset gate, update gate, candidate;
   *   <li>{@code layer.N.bias...}: a vector of w for each part, named by it, side by side. An
   *       LSTM's forget gates start at 1, so that it remembers at first (Gers et al., 2000;
   *       Jozefowicz et al., 2015);
   *   <li>{@code head.weight} (V, w) and {@code head.bias} (V).
   * </ul>
   */
  @Override
  public Layout layout() {
    Layout.Builder builder = Layout.builder();
    Initializer zeros = new Initializer.Zeros();
    builder.add(
        ModelTensors.TOKEN_EMBEDDING, new Initializer.Normal(1), embeddingWidth, vocabularySize);
    int in = embeddingWidth;
    for (int layer = 0; layer < layers; layer++) {
      String name = "layer." + layer;
      int out = cell.parts().size() * width;
      builder.add(
          ModelTensors.weight(name + ".input"),
          new Initializer.Normal(1 / StrictMath.sqrt(in)),
          out,
          in);
      builder.add(
          ModelTensors.weight(name + ".recurrent"),
          new Initializer.Normal(1 / StrictMath.sqrt(width)),
          out,
          width);
      for (String part : cell.parts()) {
        Initializer initial = part.equals(FORGET) ? new Initializer.Ones() : zeros;
        builder.add(ModelTensors.bias(name) + "." + part, initial, width);
      }
      in = width;
    }
    builder.add(
        ModelTensors.weight(ModelTensors.HEAD),
        new Initializer.Normal(1 / StrictMath.sqrt(width)),
        vocabularySize,
        width);
    builder.add(ModelTensors.bias(ModelTensors.HEAD), zeros, vocabularySize);
    return builder.build();
  }

  @Override
  public long widestActivation() {
    return Math.max(vocabularySize, (long) cell.parts().size() * width);
  }

  @Override
  public long attentionScores() {
    return 0;
  }
}
