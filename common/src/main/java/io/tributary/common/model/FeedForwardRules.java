package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What each position does by itself between two attentions.
 *
 * @param kind default gelu
 * @param experts experts: how many
 * @param topK experts: how many of them each token goes to
 * @param capacityFactor experts: an expert takes at most ⌈factor · tokens · top-k ÷ experts⌉ tokens
 *     a batch, the rest of its choices is dropped; absent: none is dropped
 * @param balanceWeight experts: weight of the load-balancing loss; default 0.01
 */
public record FeedForwardRules(
    Kind kind, Integer experts, Integer topK, Double capacityFactor, Double balanceWeight) {
  /** GPT-2's. */
  public static final FeedForwardRules GELU = of(Kind.GELU);

  /** Most experts of a layer. */
  public static final int MAX_EXPERTS = 1024;

  /** What stands between the two matrices. */
  public enum Kind {
    /** GELU by tanh, as in GPT-2 (Hendrycks and Gimpel, 2016). */
    @JsonProperty("gelu")
    GELU,
    /** GELU by the error function, as in BERT. */
    @JsonProperty("gelu-erf")
    GELU_ERF,
    /** SiLU(x·gate) ∘ (x·up) (Shazeer, "GLU variants improve transformer", 2020). */
    @JsonProperty("swiglu")
    SWIGLU,
    /** Several SwiGLU networks, of which a router chooses for each token (Mixtral, 2024). */
    @JsonProperty("experts")
    EXPERTS;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks that every value belongs to the kind. */
  public FeedForwardRules {
    kind = kind == null ? Kind.GELU : kind;
    if (kind == Kind.EXPERTS) {
      Sizes.require(
          "model.feed-forward.experts",
          Sizes.required("model.feed-forward.experts", experts, "feed-forward.kind experts"),
          2,
          MAX_EXPERTS);
      Sizes.require(
          "model.feed-forward.top-k",
          Sizes.required("model.feed-forward.top-k", topK, "feed-forward.kind experts"),
          1,
          experts);
      if (capacityFactor != null) {
        Sizes.require("model.feed-forward.capacity-factor", capacityFactor, 0.1, 1024);
      }
      balanceWeight = balanceWeight == null ? 0.01 : balanceWeight;
      Sizes.require("model.feed-forward.balance-weight", balanceWeight, 0, 100);
    } else {
      Sizes.requireAbsent("model.feed-forward.experts", experts, "feed-forward.kind experts");
      Sizes.requireAbsent("model.feed-forward.top-k", topK, "feed-forward.kind experts");
      Sizes.requireAbsent(
          "model.feed-forward.capacity-factor", capacityFactor, "feed-forward.kind experts");
      Sizes.requireAbsent(
          "model.feed-forward.balance-weight", balanceWeight, "feed-forward.kind experts");
    }
  }

  /** This kind; not experts. */
  public static FeedForwardRules of(Kind kind) {
    return new FeedForwardRules(kind, null, null, null, null);
  }

  /** Experts without a capacity. */
  public static FeedForwardRules experts(int experts, int topK) {
    return new FeedForwardRules(Kind.EXPERTS, experts, topK, null, null);
  }

  /** Whether the first matrix has two halves, gate and up. */
  public boolean gated() {
    return kind == Kind.SWIGLU || kind == Kind.EXPERTS;
  }
}
