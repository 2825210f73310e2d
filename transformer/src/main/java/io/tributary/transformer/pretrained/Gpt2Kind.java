package io.tributary.transformer.pretrained;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
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
    this.prefix = file.tensors().containsKey("transformer.wte.weight") ? "transformer." : "";
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
    to.matrix(prefix + "wte.weight", ModelTensors.TOKEN_EMBEDDING, false);
    to.rows(prefix + "wpe.weight", ModelTensors.POSITION_EMBEDDING);
    for (int layer = 0; layer < model.layers(); layer++) {
      String from = prefix + "h." + layer + ".";
      BlockTensors names = ModelTensors.layer(layer);
      norm(to, from + "ln_1", names.attentionNorm());
      linear(to, from + "attn.c_attn", names.attentionInput());
      linear(to, from + "attn.c_proj", names.attentionOutput());
      norm(to, from + "ln_2", names.feedForwardNorm());
      linear(to, from + "mlp.c_fc", names.feedForwardInput());
      linear(to, from + "mlp.c_proj", names.feedForwardOutput());
      to.ignore(from + "attn.bias"); // the causal mask
      to.ignore(from + "attn.masked_bias");
    }
    norm(to, prefix + "ln_f", ModelTensors.FINAL_NORM);
    if (model.head().languageModel() && !model.head().tied()) {
      to.matrix("lm_head.weight", ModelTensors.weight(ModelTensors.HEAD), true);
    } else if (tied) {
      to.ignore("lm_head.weight"); // the token embedding again
    }
  }

  private static void linear(WeightAssembly to, String from, String target) {
    to.matrix(from + ".weight", ModelTensors.weight(target), false);
    to.vector(from + ".bias", ModelTensors.bias(target));
  }

  private static void norm(WeightAssembly to, String from, String target) {
    to.vector(from + ".weight", ModelTensors.gain(target));
    to.vector(from + ".bias", ModelTensors.bias(target));
  }
}
