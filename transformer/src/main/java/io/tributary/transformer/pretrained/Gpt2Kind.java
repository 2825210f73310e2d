package io.tributary.transformer.pretrained;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.transformer.mapping.Gpt2Tensors;
import java.util.Map;

/**
 * GPT-2 (Radford et al., 2019), which our default decoder is: its matrices are stored (in, out),
 * and its queries, keys and values are one already.
 */
final class Gpt2Kind implements PretrainedKind {
  private static final Map<String, FeedForwardRules.Kind> ACTIVATIONS =
      Map.of(
          "gelu_new", FeedForwardRules.Kind.GELU,
          "gelu_pytorch_tanh", FeedForwardRules.Kind.GELU,
          "gelu", FeedForwardRules.Kind.GELU_ERF);

  private final HuggingFaceConfig config;
  private final String prefix;
  private final boolean tied;

  Gpt2Kind(HuggingFaceConfig config, TensorFile file) {
    this.config = config;
    this.prefix =
        file.tensors().containsKey(Gpt2Tensors.PREFIX + "wte.weight") ? Gpt2Tensors.PREFIX : "";
    this.tied = config.flag("tie_word_embeddings", true);
    if (!config.flag("scale_attn_weights", true)) {
      throw config.refused("scale_attn_weights", "attention without its scale is not supported");
    }
    config.requireOff("scale_attn_by_inverse_layer_idx", "attention scaled by its layer");
    config.requireOff("add_cross_attention", "cross-attention in GPT-2");
  }

  @Override
  public TransformerConfig config(ImportOptions options, String tokenizer) {
    int width = config.size("n_embd");
    int positions = config.size("n_positions");
    int context = options.contextOf(positions);
    if (context > positions) {
      throw new IllegalArgumentException(
          "the context length is "
              + context
              + " but the model has "
              + positions
              + " positions: ask for fewer");
    }
    return new TransformerConfig(
            config.size("vocab_size"),
            width,
            config.size("n_layer"),
            config.size("n_head"),
            config.size("n_inner", 4 * width),
            context)
        .edit()
        .norm(
            new NormRules(
                NormRules.Kind.LAYER_NORM,
                NormRules.Place.BEFORE,
                config.number("layer_norm_epsilon", 1e-5)))
        .feedForward(
            FeedForwardRules.of(config.choice("activation_function", "gelu_new", ACTIVATIONS)))
        .head(options.headOr(HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, tied)))
        .tuning(options.freezeEmbeddings() ? TuningRules.frozenEmbeddings() : TuningRules.FULL)
        .tokenizer(tokenizer)
        .build();
  }

  @Override
  public void fill(WeightAssembly to, TransformerConfig model) {
    Gpt2Tensors.describe(model, prefix, to);
    for (int layer = 0; layer < model.layers(); layer++) {
      to.ignore(prefix + Gpt2Tensors.layer(layer) + "attn.bias"); // the causal mask
      to.ignore(prefix + Gpt2Tensors.layer(layer) + "attn.masked_bias");
    }
    if (tied) {
      to.ignore(Gpt2Tensors.HEAD); // the token embedding again
    }
  }
}
