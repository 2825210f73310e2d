package io.tributary.common.model;

import io.tributary.common.model.NormRules.Kind;
import io.tributary.common.model.NormRules.Place;
import java.util.Map;
import java.util.TreeMap;

/** The models that have a name; {@code docs/models.md} lists them. */
public final class ModelPresets {
  /** The tokenizer of all-MiniLM-L6-v2. */
  private static final String MINILM_TOKENIZER =
      "sha256:da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0";

  private static final Map<String, TextModelConfig> PRESETS = new TreeMap<>(presets());

  private ModelPresets() {}

  /**
   * A model by name.
   *
   * @throws IllegalArgumentException naming the known presets, if there is none of that name
   */
  public static TextModelConfig config(String name) {
    TextModelConfig preset = PRESETS.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "model.preset is " + name + ": known presets are " + String.join(", ", PRESETS.keySet()));
    }
    return preset;
  }

  /** All names, sorted. */
  public static Iterable<String> names() {
    return PRESETS.keySet();
  }

  private static Map<String, TextModelConfig> presets() {
    TransformerConfig tiny = new TransformerConfig(256, 128, 4, 4, 512, 64);
    TransformerConfig llama =
        tiny.edit()
            .position(PositionRules.Kind.ROTARY)
            .attention(AttentionRules.grouped(2))
            .norm(Kind.RMS_NORM, Place.BEFORE)
            .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU))
            .feedForwardWidth(392) // as many parameters as gpt-tiny, to half a percent
            .biases(false)
            .build();
    return Map.of(
        "gpt-tiny",
        tiny,
        "gpt-small",
        new TransformerConfig(256, 256, 6, 8, 1024, 128),
        "shakespeare-tiny",
        new TransformerConfig(256, 96, 3, 4, 384, 64),
        "llama-tiny",
        llama,
        "moe-tiny",
        llama.edit().feedForward(FeedForwardRules.experts(4, 2)).feedForwardWidth(256).build(),
        "bert-minilm",
        new TransformerConfig(30_522, 384, 6, 12, 1536, 128)
            .edit()
            .stack(Stack.ENCODER)
            .norm(new NormRules(Kind.LAYER_NORM, Place.AFTER, 1e-12))
            .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.GELU_ERF))
            .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
            .tokenizer(MINILM_TOKENIZER)
            .build(),
        "t5-tiny",
        tiny.edit()
            .stack(Stack.ENCODER_DECODER)
            .layers(2)
            .position(PositionRules.Kind.RELATIVE)
            .norm(Kind.RMS_NORM, Place.BEFORE)
            .biases(false)
            .build(),
        "char-lstm",
        new RecurrentConfig(RecurrentConfig.Cell.LSTM, 256, 8, 256, 2, 80, null));
  }
}
