package io.tributary.transformer.pretrained;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.util.Map;

/**
 * Llama (Touvron et al., 2023) and what is built like it: RMSNorm, rotary positions, keys and
 * values shared by groups of heads, SwiGLU, no biases.
 *
 * <p>Rotary layout: Hugging Face's files have the columns of a head so that position turns the
 * pairs (i, i + s/2) of its s columns ("rotate half"), not the neighbours (2i, 2i + 1) of the paper
 * and of Meta's own files. Ours turn the same pairs, by {@link PositionRules#rotaryAngle}, so that
 * columns are taken as they are.
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
    to.matrix("model.embed_tokens.weight", ModelTensors.TOKEN_EMBEDDING, false);
    int queries = model.width();
    int shared = model.keyValueHeads() * model.headWidth();
    int inner = model.feedForwardWidth();
    for (int layer = 0; layer < model.layers(); layer++) {
      String from = "model.layers." + layer + ".";
      BlockTensors names = ModelTensors.layer(layer);
      to.vector(from + "input_layernorm.weight", ModelTensors.gain(names.attentionNorm()));
      String input = ModelTensors.weight(names.attentionInput());
      to.matrix(from + "self_attn.q_proj.weight", input, 0, queries, true);
      to.matrix(from + "self_attn.k_proj.weight", input, queries, shared, true);
      to.matrix(from + "self_attn.v_proj.weight", input, queries + shared, shared, true);
      to.matrix(
          from + "self_attn.o_proj.weight", ModelTensors.weight(names.attentionOutput()), true);
      to.vector(
          from + "post_attention_layernorm.weight", ModelTensors.gain(names.feedForwardNorm()));
      String gateAndUp = ModelTensors.weight(names.feedForwardInput());
      to.matrix(from + "mlp.gate_proj.weight", gateAndUp, 0, inner, true);
      to.matrix(from + "mlp.up_proj.weight", gateAndUp, inner, inner, true);
      to.matrix(
          from + "mlp.down_proj.weight", ModelTensors.weight(names.feedForwardOutput()), true);
      to.ignore(from + "self_attn.rotary_emb.inv_freq"); // follows from the base
    }
    to.vector("model.norm.weight", ModelTensors.gain(ModelTensors.FINAL_NORM));
    if (model.head().languageModel() && !model.head().tied()) {
      to.matrix("lm_head.weight", ModelTensors.weight(ModelTensors.HEAD), true);
    } else if (tied) {
      to.ignore("lm_head.weight"); // the token embedding again
    }
  }
}
