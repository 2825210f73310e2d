package io.tributary.transformer.pretrained;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.transformer.mapping.BertTensors;
import java.util.function.UnaryOperator;

/**
 * BERT (Devlin et al., 2019): learned positions, a norm after the embeddings and after each
 * sublayer. {@link BertTensors} says which tensor goes where.
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
  private final BertTensors tensors;

  private BertKind(Sizes sizes, BertTensors tensors) {
    this.sizes = sizes;
    this.tensors = tensors;
  }

  /** A model whose matrices are named after their biases and stored (out, in), as PyTorch does. */
  static BertKind named(Sizes sizes, TensorFile file) {
    String prefix =
        file.tensors().containsKey("bert.embeddings.word_embeddings.weight") ? "bert." : "";
    boolean old = file.tensors().containsKey(prefix + "embeddings.LayerNorm.gamma");
    return new BertKind(sizes, BertTensors.named(prefix, old));
  }

  /**
   * A model whose matrices have names that say nothing, stored (in, out).
   *
   * @param matrixOfBias gives the matrix that belongs to a bias
   */
  static BertKind anonymous(Sizes sizes, UnaryOperator<String> matrixOfBias) {
    return new BertKind(sizes, BertTensors.anonymous(matrixOfBias));
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
    tensors.describe(config, to);
    to.ignore(tensors.prefix() + "embeddings.position_ids"); // 0, 1, 2 …
    to.ignore("cls.predictions.decoder.weight"); // the token embedding again
  }
}
