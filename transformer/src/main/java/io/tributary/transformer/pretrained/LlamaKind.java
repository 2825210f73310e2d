package io.tributary.transformer.pretrained;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.transformer.mapping.LlamaTensors;
import java.util.Map;

/**
 * Llama (Touvron et al., 2023) and what is built like it: RMSNorm, rotary positions, keys and
 * values shared by groups of heads, SwiGLU, no biases. {@link LlamaTensors} says which tensor goes
 * where.
 */
final class LlamaKind implements PretrainedKind {
  private final HuggingFaceConfig config;
  private final boolean tied;

  LlamaKind(HuggingFaceConfig config) {
    this.config = config;
    this.tied = config.flag("tie_word_embeddings", false);
    config.choice("hidden_act", "silu", Map.of("silu", true));
    config.requireOff("attention_bias", "attention with biases in Llama");
    config.requireOff("mlp_bias", "a feed-forward with biases in Llama");
    config.requireAbsent("sliding_window", "a sliding window in Llama");
    config.requireAbsent("quantization_config", "a quantized model");
    config.requireEqual(
        "head_dim",
        config.size("hidden_size") / config.size("num_attention_heads"),
        "a head width other than hidden_size ÷ num_attention_heads");
    if (config.number("partial_rotary_factor", 1) != 1) {
      throw config.refused("partial_rotary_factor", "heads turned in part are not supported");
    }
  }

  @Override
  public TransformerConfig config(ImportOptions options, String tokenizer) {
    int positions = config.size("max_position_embeddings");
    int context = options.contextOf(positions);
    if (context > positions) {
      throw new IllegalArgumentException(
          "the context length is "
              + context
              + " but the model was trained for "
              + positions
              + " positions: ask for fewer");
    }
    int heads = config.size("num_attention_heads");
    return new TransformerConfig(
            config.size("vocab_size"),
            config.size("hidden_size"),
            config.size("num_hidden_layers"),
            heads,
            config.size("intermediate_size"),
            context)
        .edit()
        .position(rotary())
        .attention(attention(heads, config.size("num_key_value_heads", heads)))
        .norm(
            new NormRules(
                NormRules.Kind.RMS_NORM,
                NormRules.Place.BEFORE,
                config.number("rms_norm_eps", 1e-6)))
        .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU))
        .head(options.headOr(HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, tied)))
        .biases(false)
        .tuning(options.freezeEmbeddings() ? TuningRules.frozenEmbeddings() : TuningRules.FULL)
        .tokenizer(tokenizer)
        .build();
  }

  private static AttentionRules attention(int heads, int keyValueHeads) {
    if (keyValueHeads == heads) {
      return AttentionRules.MULTI_HEAD;
    }
    return keyValueHeads == 1
        ? AttentionRules.of(AttentionRules.Kind.MULTI_QUERY)
        : AttentionRules.grouped(keyValueHeads);
  }

  /** {@code rope_theta} and {@code rope_scaling}, or, since 2025, {@code rope_parameters}. */
  private PositionRules rotary() {
    boolean recent = config.has("rope_parameters");
    HuggingFaceConfig.Group rope = config.group(recent ? "rope_parameters" : "rope_scaling");
    double base = rope.number("rope_theta", config.number("rope_theta", 10_000));
    String key = rope.node().hasNonNull("rope_type") ? "rope_type" : "type";
    return switch (rope.text(key, "default")) {
      case "default" -> PositionRules.rotary(base, PositionRules.Scaling.NONE, null);
      case "linear" ->
          PositionRules.rotary(base, PositionRules.Scaling.LINEAR, rope.number("factor", 1));
      default -> throw rope.refused(key, "supported are default and linear");
    };
  }

  @Override
  public void fill(WeightAssembly to, TransformerConfig model) {
    LlamaTensors.describe(model, to);
    for (int layer = 0; layer < model.layers(); layer++) {
      // Follows from the base.
      to.ignore(LlamaTensors.layer(layer) + "self_attn.rotary_emb.inv_freq");
    }
    if (tied) {
      to.ignore(LlamaTensors.HEAD); // the token embedding again
    }
  }
}
