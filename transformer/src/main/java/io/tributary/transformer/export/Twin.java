package io.tributary.transformer.export;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import java.util.Set;

/**
 * The families of models that other programs know and that some of ours are, part by part. A model
 * with any other part has no twin: it is refused by that part, because a file that computes almost
 * the same would be believed.
 */
enum Twin {
  /** An encoder with learned positions and norms after. */
  BERT("BERT"),
  /** A decoder with learned positions and norms before. */
  GPT2("GPT-2"),
  /** A decoder with rotary positions, RMSNorm and SwiGLU. */
  LLAMA("Llama");

  private static final Set<FeedForwardRules.Kind> GELUS =
      Set.of(FeedForwardRules.Kind.GELU, FeedForwardRules.Kind.GELU_ERF);

  private final String shown;

  Twin(String shown) {
    this.shown = shown;
  }

  @Override
  public String toString() {
    return shown;
  }

  /**
   * The family of a model.
   *
   * @param config without adapters
   * @throws UserErrorException naming the first part that has no twin
   */
  static Twin of(ModelConfig config) {
    if (!(config instanceof TransformerConfig model)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          config instanceof ExternalConfig
              ? "the model is an external network, which only the programs of its sites know"
              : "the model is recurrent, and the twins are transformers: use --format dl4j");
    }
    if (model.stack() == Stack.ENCODER_DECODER) {
      throw refused("model.stack", model.stack(), "BERT, GPT-2 and Llama have one stack");
    }
    Twin twin =
        model.stack() == Stack.ENCODER
            ? BERT
            : model.position().kind() == PositionRules.Kind.ROTARY ? LLAMA : GPT2;
    twin.requireAttention(model);
    twin.requireBlocks(model);
    twin.requireHead(model);
    return twin;
  }

  private void requireAttention(TransformerConfig model) {
    PositionRules position = model.position();
    require(
        position.kind() == (this == LLAMA ? PositionRules.Kind.ROTARY : PositionRules.Kind.LEARNED),
        "model.position.kind",
        position.kind(),
        "learned positions");
    require(
        position.scaling() != PositionRules.Scaling.NTK,
        "model.position.scaling",
        position.scaling(),
        "none or linear");
    AttentionRules attention = model.attention();
    require(
        attention.kind() == AttentionRules.Kind.MULTI_HEAD
            || (this == LLAMA && attention.kind() != AttentionRules.Kind.LATENT),
        "model.attention.kind",
        attention.kind(),
        this == LLAMA ? "multi-head, grouped-query or multi-query" : "multi-head");
    require(
        attention.pattern() == AttentionRules.Pattern.FULL,
        "model.attention.pattern",
        attention.pattern(),
        "full");
  }

  private void requireBlocks(TransformerConfig model) {
    NormRules norm = model.norm();
    NormRules.Kind kind = this == LLAMA ? NormRules.Kind.RMS_NORM : NormRules.Kind.LAYER_NORM;
    require(norm.kind() == kind, "model.norm.kind", norm.kind(), kind);
    NormRules.Place place = this == BERT ? NormRules.Place.AFTER : NormRules.Place.BEFORE;
    require(norm.place() == place, "model.norm.place", norm.place(), place);
    FeedForwardRules.Kind inner = model.feedForward().kind();
    require(
        this == LLAMA ? inner == FeedForwardRules.Kind.SWIGLU : GELUS.contains(inner),
        "model.feed-forward.kind",
        inner,
        this == LLAMA ? "swiglu" : "gelu or gelu-erf");
    require(
        model.biases() == (this != LLAMA),
        "model.biases",
        model.biases(),
        this == LLAMA ? "no biases" : "biases");
  }

  private void requireHead(TransformerConfig model) {
    HeadRules head = model.head();
    if (this == BERT) {
      require(
          head.kind() == HeadRules.Kind.CLASSIFICATION || head.tied(),
          "model.head.tied",
          head.tied(),
          "a tied masked-lm head or none");
      return;
    }
    require(
        head.kind() == HeadRules.Kind.CAUSAL_LM,
        "model.head.kind",
        head.kind(),
        "causal-lm; its classifiers look at the last position, ours at the mean");
    require(
        model.predictedTokens() == 1, "model.head.predicted-tokens", model.predictedTokens(), 1);
  }

  private void require(boolean holds, String key, Object value, Object twins) {
    if (!holds) {
      throw refused(key, value, "its nearest twin, " + shown + ", has " + twins);
    }
  }

  private static UserErrorException refused(String key, Object value, String why) {
    return new UserErrorException(
        UserErrorException.Kind.USAGE,
        key + " is " + value + ", which no format that is written here can say: " + why);
  }
}
