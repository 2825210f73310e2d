package io.tributary.transformer.pretrained;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * BERT (Devlin et al., 2019): learned positions, a norm after the embeddings and after each
 * sublayer. Queries, keys and values become one matrix; the embedding of token type 0, which every
 * text of one part has everywhere, is added to each position's.
 *
 * <p>What BERT has between its last layer and a head (a pooler, the masked model's transform and
 * bias) has no counterpart here and is left out; the import says so.
 */
final class BertKind implements PretrainedKind {
  /**
   * What a file of BERT's kind says of itself.
   *
   * @param vocabularySize V
   * @param width d
   * @param layers number of blocks
   * @param heads H
   * @param feedForwardWidth f
   * @param positions most positions
   * @param epsilon of all norms
   * @param activation gelu by tanh or by the error function
   */
  record Sizes(
      int vocabularySize,
      int width,
      int layers,
      int heads,
      int feedForwardWidth,
      int positions,
      double epsilon,
      FeedForwardRules.Kind activation) {}

  private final Sizes sizes;
  private final String prefix;
  private final UnaryOperator<String> matrixOfBias;
  private final boolean transposed;

  private BertKind(
      Sizes sizes, String prefix, UnaryOperator<String> matrixOfBias, boolean transposed) {
    this.sizes = sizes;
    this.prefix = prefix;
    this.matrixOfBias = matrixOfBias;
    this.transposed = transposed;
  }

  /** A model whose matrices are named after their biases and stored (out, in), as PyTorch does. */
  static BertKind named(Sizes sizes, TensorFile file) {
    String prefix =
        file.tensors().containsKey("bert.embeddings.word_embeddings.weight") ? "bert." : "";
    return new BertKind(
        sizes, prefix, bias -> bias.substring(0, bias.length() - "bias".length()) + "weight", true);
  }

  /**
   * A model whose matrices have names that say nothing, stored (in, out).
   *
   * @param matrixOfBias gives the matrix that belongs to a bias
   */
  static BertKind anonymous(Sizes sizes, UnaryOperator<String> matrixOfBias) {
    return new BertKind(sizes, "", matrixOfBias, false);
  }

  @Override
  public TransformerConfig config(ImportOptions options, String tokenizer) {
    HeadRules masked = HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true);
    int context = options.contextOf(sizes.positions());
    if (context > sizes.positions()) {
      throw new IllegalArgumentException(
          "the context length is "
              + context
              + " but the model has "
              + sizes.positions()
              + " positions: ask for fewer");
    }
    return new TransformerConfig(
            sizes.vocabularySize(),
            sizes.width(),
            sizes.layers(),
            sizes.heads(),
            sizes.feedForwardWidth(),
            context)
        .edit()
        .stack(Stack.ENCODER)
        .norm(new NormRules(NormRules.Kind.LAYER_NORM, NormRules.Place.AFTER, sizes.epsilon()))
        .feedForward(FeedForwardRules.of(sizes.activation()))
        .head(options.headOr(masked))
        .tuning(options.freezeEmbeddings() ? TuningRules.frozenEmbeddings() : TuningRules.FULL)
        .tokenizer(tokenizer)
        .build();
  }

  @Override
  public void fill(WeightAssembly to, TransformerConfig config) {
    int width = config.width();
    to.matrix(prefix + "embeddings.word_embeddings.weight", ModelTensors.TOKEN_EMBEDDING, false);
    to.rows(prefix + "embeddings.position_embeddings.weight", ModelTensors.POSITION_EMBEDDING);
    to.addFirstRow(
        prefix + "embeddings.token_type_embeddings.weight", ModelTensors.POSITION_EMBEDDING);
    norm(to, prefix + "embeddings.LayerNorm", ModelTensors.EMBEDDING_NORM);
    for (int layer = 0; layer < config.layers(); layer++) {
      String from = prefix + "encoder.layer." + layer + ".";
      BlockTensors names = ModelTensors.layer(layer);
      List<String> parts = List.of("query", "key", "value");
      for (int part = 0; part < parts.size(); part++) {
        String bias = from + "attention.self." + parts.get(part) + ".bias";
        to.vector(bias, ModelTensors.bias(names.attentionInput()), part * width, width);
        to.matrix(
            matrixOfBias.apply(bias),
            ModelTensors.weight(names.attentionInput()),
            part * width,
            width,
            transposed);
      }
      linear(to, from + "attention.output.dense", names.attentionOutput());
      norm(to, from + "attention.output.LayerNorm", names.attentionNorm());
      linear(to, from + "intermediate.dense", names.feedForwardInput());
      linear(to, from + "output.dense", names.feedForwardOutput());
      norm(to, from + "output.LayerNorm", names.feedForwardNorm());
    }
    to.ignore(prefix + "embeddings.position_ids"); // 0, 1, 2 …
    to.ignore("cls.predictions.decoder.weight"); // the token embedding again
  }

  private void linear(WeightAssembly to, String from, String target) {
    String bias = from + ".bias";
    to.vector(bias, ModelTensors.bias(target));
    to.matrix(matrixOfBias.apply(bias), ModelTensors.weight(target), transposed);
  }

  /** Files from before 2020 say gamma and beta. */
  private static void norm(WeightAssembly to, String from, String target) {
    boolean old = to.has(from + ".gamma");
    to.vector(from + (old ? ".gamma" : ".weight"), ModelTensors.gain(target));
    to.vector(from + (old ? ".beta" : ".bias"), ModelTensors.bias(target));
  }
}
