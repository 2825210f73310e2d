package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What the last layer answers.
 *
 * @param kind default causal-lm
 * @param tied language models: whether the head is the token embedding, transposed; default true
 * @param pooling classification: which vector stands for the sequence; default mean
 * @param classes classification: how many
 * @param predictedTokens causal-lm: how many next tokens each position predicts, each further one
 *     by a block of its own (Gloeckle et al., "Better and faster large language models via
 *     multi-token prediction", 2024); default 1
 */
public record HeadRules(
    Kind kind, Boolean tied, Pooling pooling, Integer classes, Integer predictedTokens) {
  /** The next token, by the token embedding. */
  public static final HeadRules CAUSAL_LM = new HeadRules(null, null, null, null, null);

  /** Most classes. */
  public static final int MAX_CLASSES = 10_000;

  private static final int MAX_PREDICTED_TOKENS = 8;

  /** What is answered. */
  public enum Kind {
    /** The next token at each position. */
    @JsonProperty("causal-lm")
    CAUSAL_LM,
    /** The token behind each mask (Devlin et al., 2019). */
    @JsonProperty("masked-lm")
    MASKED_LM,
    /** The class of the sequence. */
    @JsonProperty("classification")
    CLASSIFICATION;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Which vector stands for a sequence. */
  public enum Pooling {
    /** The mean of all present positions. */
    @JsonProperty("mean")
    MEAN,
    /** The first position's: BERT's [CLS]. */
    @JsonProperty("first")
    FIRST;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks that every value belongs to the kind. */
  public HeadRules {
    kind = kind == null ? Kind.CAUSAL_LM : kind;
    if (kind == Kind.CLASSIFICATION) {
      Sizes.requireAbsent("model.head.tied", tied, "head.kind causal-lm and masked-lm");
      pooling = pooling == null ? Pooling.MEAN : pooling;
      Sizes.require(
          "model.head.classes",
          Sizes.required("model.head.classes", classes, "head.kind classification"),
          2,
          MAX_CLASSES);
    } else {
      tied = tied == null || tied;
      Sizes.requireAbsent("model.head.pooling", pooling, "head.kind classification");
      Sizes.requireAbsent("model.head.classes", classes, "head.kind classification");
    }
    if (kind == Kind.CAUSAL_LM) {
      predictedTokens = predictedTokens == null ? 1 : predictedTokens;
      Sizes.require("model.head.predicted-tokens", predictedTokens, 1, MAX_PREDICTED_TOKENS);
    } else {
      Sizes.requireAbsent("model.head.predicted-tokens", predictedTokens, "head.kind causal-lm");
    }
  }

  /** A language model's. */
  public static HeadRules languageModel(Kind kind, boolean tied) {
    return new HeadRules(kind, tied, null, null, null);
  }

  /** A classifier's. */
  public static HeadRules classification(int classes, Pooling pooling) {
    return new HeadRules(Kind.CLASSIFICATION, null, pooling, classes, null);
  }

  /** Predicts several next tokens, by the token embedding. */
  public static HeadRules predicting(int tokens) {
    return new HeadRules(Kind.CAUSAL_LM, true, null, null, tokens);
  }

  /** Whether it answers with tokens. */
  public boolean languageModel() {
    return kind != Kind.CLASSIFICATION;
  }
}
