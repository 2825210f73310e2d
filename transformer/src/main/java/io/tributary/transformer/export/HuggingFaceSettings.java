package io.tributary.transformer.export;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.mapping.BertTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The {@code config.json} of each family: every key that decides what the model computes. */
final class HuggingFaceSettings {
  private final TransformerConfig model;
  private final TokenizerChoice tokenizer;
  private final Map<String, Object> json = new LinkedHashMap<>();

  private HuggingFaceSettings(TransformerConfig model, TokenizerChoice tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
  }

  /** The file's content. */
  static Map<String, Object> of(
      Twin twin, TransformerConfig model, TokenizerChoice tokenizer, WeightType type) {
    HuggingFaceSettings settings = new HuggingFaceSettings(model, tokenizer);
    switch (twin) {
      case BERT -> settings.bert();
      case GPT2 -> settings.gpt2();
      case LLAMA -> settings.llama();
    }
    settings.json.put("torch_dtype", type == WeightType.F32 ? "float32" : "float16");
    return settings.json;
  }

  /** What to generate with: nothing but where a text ends. */
  static Map<String, Object> generation(TokenizerChoice tokenizer) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("do_sample", false);
    putEnds(json, tokenizer);
    return json;
  }

  private static void putEnds(Map<String, Object> json, TokenizerChoice tokenizer) {
    // Stated also where there is none: the library's defaults are another vocabulary's ids.
    json.put("bos_token_id", tokenizer.begin().orElse(null));
    json.put("eos_token_id", tokenizer.end().orElse(null));
    json.put("pad_token_id", tokenizer.pad().orElse(null));
  }

  private void bert() {
    json.put("architectures", List.of("BertModel"));
    json.put("model_type", "bert");
    json.put("vocab_size", model.vocabularySize());
    json.put("hidden_size", model.width());
    json.put("num_hidden_layers", model.layers());
    json.put("num_attention_heads", model.heads());
    json.put("intermediate_size", model.feedForwardWidth());
    json.put("hidden_act", gelu());
    json.put("hidden_dropout_prob", 0.0);
    json.put("attention_probs_dropout_prob", 0.0);
    json.put("max_position_embeddings", model.contextLength());
    json.put("position_embedding_type", "absolute");
    json.put("type_vocab_size", BertTensors.TOKEN_TYPES);
    json.put("layer_norm_eps", model.norm().epsilon());
    json.put("pad_token_id", tokenizer.pad().orElse(null));
  }

  private void gpt2() {
    json.put("architectures", List.of("GPT2LMHeadModel"));
    json.put("model_type", "gpt2");
    json.put("vocab_size", model.vocabularySize());
    json.put("n_embd", model.width());
    json.put("n_layer", model.layers());
    json.put("n_head", model.heads());
    json.put("n_inner", model.feedForwardWidth());
    json.put("n_positions", model.contextLength());
    json.put("activation_function", gelu());
    json.put("layer_norm_epsilon", model.norm().epsilon());
    json.put("scale_attn_weights", true);
    json.put("resid_pdrop", 0.0);
    json.put("embd_pdrop", 0.0);
    json.put("attn_pdrop", 0.0);
    json.put("tie_word_embeddings", model.head().tied());
    putEnds(json, tokenizer);
  }

  private void llama() {
    json.put("architectures", List.of("LlamaForCausalLM"));
    json.put("model_type", "llama");
    json.put("vocab_size", model.vocabularySize());
    json.put("hidden_size", model.width());
    json.put("num_hidden_layers", model.layers());
    json.put("num_attention_heads", model.heads());
    json.put("num_key_value_heads", model.keyValueHeads());
    json.put("head_dim", model.headWidth());
    json.put("intermediate_size", model.feedForwardWidth());
    json.put("max_position_embeddings", model.contextLength());
    json.put("hidden_act", "silu");
    json.put("rms_norm_eps", model.norm().epsilon());
    PositionRules position = model.position();
    json.put("rope_theta", position.base());
    json.put(
        "rope_scaling",
        position.scaling() == PositionRules.Scaling.NONE
            ? null
            : Map.of("rope_type", position.scaling().toString(), "factor", position.factor()));
    json.put("attention_bias", false);
    json.put("attention_dropout", 0.0);
    json.put("mlp_bias", false);
    json.put("tie_word_embeddings", model.head().tied());
    putEnds(json, tokenizer);
  }

  /** What the library calls "gelu" is the one by the error function. */
  private String gelu() {
    return model.feedForward().kind() == FeedForwardRules.Kind.GELU ? "gelu_new" : "gelu";
  }
}
