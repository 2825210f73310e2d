package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How activations are kept at one scale.
 *
 * @param kind default layer-norm
 * @param place default before
 * @param epsilon added to the variance or mean square; default 1e-5
 */
public record NormRules(Kind kind, Place place, Double epsilon) {
  /** GPT-2's. */
  public static final NormRules LAYER_NORM = new NormRules(null, null, null);

  /** What is divided by what. */
  public enum Kind {
    /** Mean out, then by the standard deviation, gain and bias (Ba et al., 2016). */
    @JsonProperty("layer-norm")
    LAYER_NORM,
    /** By the root of the mean square, gain only (Zhang and Sennrich, 2019). */
    @JsonProperty("rms-norm")
    RMS_NORM;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Where norms stand. */
  public enum Place {
    /** Before each sublayer and before the head (Xiong et al., 2020). */
    @JsonProperty("before")
    BEFORE,
    /** After the embeddings and after each sublayer's addition (Vaswani et al., 2017; BERT). */
    @JsonProperty("after")
    AFTER;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks epsilon. */
  public NormRules {
    kind = kind == null ? Kind.LAYER_NORM : kind;
    place = place == null ? Place.BEFORE : place;
    epsilon = epsilon == null ? 1e-5 : epsilon;
    Sizes.require("model.norm.epsilon", epsilon, 1e-13, 0.1);
  }

  /** Whether norms have a bias besides the gain. */
  public boolean hasBias() {
    return kind == Kind.LAYER_NORM;
  }

  /** Whether norms stand before their sublayers. */
  public boolean before() {
    return place == Place.BEFORE;
  }
}
