package io.tributary.transformer.export;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.PositionRules.Scaling;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small models of bytes, one for each choice that has a twin in one of the families. */
final class Twins {
  static final TransformerConfig GPT2 = new TransformerConfig(256, 8, 2, 2, 12, 6);

  static final TransformerConfig BERT =
      GPT2.edit()
          .stack(Stack.ENCODER)
          .norm(new NormRules(NormRules.Kind.LAYER_NORM, NormRules.Place.AFTER, 1e-12))
          .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.GELU_ERF))
          .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
          .build();

  static final TransformerConfig LLAMA =
      new TransformerConfig(256, 16, 2, 4, 12, 6)
          .edit()
          .position(PositionRules.Kind.ROTARY)
          .attention(AttentionRules.grouped(2))
          .norm(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE)
          .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU))
          .biases(false)
          .build();

  private static final HeadRules UNTIED = HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false);

  private Twins() {}

  static Map<String, TransformerConfig> all() {
    Map<String, TransformerConfig> all = new LinkedHashMap<>();
    all.put("gpt2", GPT2);
    all.put("gpt2, own head", GPT2.edit().head(UNTIED).build());
    all.put(
        "gpt2, erf",
        GPT2.edit().feedForward(FeedForwardRules.of(FeedForwardRules.Kind.GELU_ERF)).build());
    all.put("bert", BERT);
    all.put("bert, tanh", BERT.edit().feedForward(FeedForwardRules.GELU).build());
    for (HeadRules.Pooling pooling : HeadRules.Pooling.values()) {
      all.put(
          "bert, classifier, " + pooling,
          BERT.edit().head(HeadRules.classification(3, pooling)).build());
    }
    all.put("llama", LLAMA);
    all.put("llama, own head", LLAMA.edit().head(UNTIED).build());
    all.put("llama, multi-head", LLAMA.edit().attention(AttentionRules.MULTI_HEAD).build());
    all.put(
        "llama, multi-query",
        LLAMA.edit().attention(AttentionRules.of(AttentionRules.Kind.MULTI_QUERY)).build());
    all.put(
        "llama, linear",
        LLAMA.edit().position(PositionRules.rotary(500, Scaling.LINEAR, 4.0)).build());
    return all;
  }
}
