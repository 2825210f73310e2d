package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How a transformer knows where a token stands.
 *
 * @param kind default learned
 * @param base rotary: wavelengths go from 2π to about 2π · base; default 10,000
 * @param scaling rotary: how positions beyond the trained context are fitted in; default none
 * @param factor rotary with scaling: how many times longer the context became, above 1
 * @param buckets relative: number of distance buckets, even for an encoder; default 32
 * @param maxDistance relative: all distances from here on share the last bucket; default 128
 */
public record PositionRules(
    Kind kind, Double base, Scaling scaling, Double factor, Integer buckets, Integer maxDistance) {
  /** GPT-2's. */
  public static final PositionRules LEARNED = of(Kind.LEARNED);

  /** Ways to state a position. */
  public enum Kind {
    /** Nothing: a causal model can still count (Haviv et al., 2022). */
    @JsonProperty("none")
    NONE,
    /** A learned vector for each position is added to the embedding (Radford et al., 2018). */
    @JsonProperty("learned")
    LEARNED,
    /** Fixed sines and cosines are added to √d times the embedding (Vaswani et al., 2017, 3.5). */
    @JsonProperty("sinusoidal")
    SINUSOIDAL,
    /** A learned bias of each distance bucket and head is added to scores (Raffel et al., 2020). */
    @JsonProperty("relative")
    RELATIVE,
    /** Queries and keys are turned by an angle that grows with position (Su et al., 2021). */
    @JsonProperty("rotary")
    ROTARY;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Ways to fit a longer context into rotary angles. */
  public enum Scaling {
    /** As trained. */
    @JsonProperty("none")
    NONE,
    /** Positions are divided by the factor (Chen et al., "Position interpolation", 2023). */
    @JsonProperty("linear")
    LINEAR,
    /** The base grows to base · factor^(s/(s−2)), s the rotated width ("NTK-aware", 2023). */
    @JsonProperty("ntk")
    NTK;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks that every value belongs to the kind. */
  public PositionRules {
    kind = kind == null ? Kind.LEARNED : kind;
    if (kind == Kind.ROTARY) {
      base = base == null ? 10_000.0 : base;
      Sizes.require("model.position.base", base, 1.5, 1e9);
      scaling = scaling == null ? Scaling.NONE : scaling;
      if (scaling == Scaling.NONE) {
        Sizes.requireAbsent("model.position.factor", factor, "position.scaling linear and ntk");
      } else {
        Sizes.required("model.position.factor", factor, "position.scaling " + scaling);
        Sizes.require("model.position.factor", factor, 1, 1024);
      }
    } else {
      Sizes.requireAbsent("model.position.base", base, "position.kind rotary");
      Sizes.requireAbsent("model.position.scaling", scaling, "position.kind rotary");
      Sizes.requireAbsent("model.position.factor", factor, "position.kind rotary");
    }
    if (kind == Kind.RELATIVE) {
      buckets = buckets == null ? 32 : buckets;
      Sizes.require("model.position.buckets", buckets, 4, 4096);
      maxDistance = maxDistance == null ? Math.max(128, buckets + 1) : maxDistance;
      Sizes.require("model.position.max-distance", maxDistance, buckets + 1, 1 << 20);
    } else {
      Sizes.requireAbsent("model.position.buckets", buckets, "position.kind relative");
      Sizes.requireAbsent("model.position.max-distance", maxDistance, "position.kind relative");
    }
  }

  /** This kind with its defaults. */
  public static PositionRules of(Kind kind) {
    return new PositionRules(kind, null, null, null, null, null);
  }

  /** Rotary with a scaling. */
  public static PositionRules rotary(double base, Scaling scaling, Double factor) {
    return new PositionRules(Kind.ROTARY, base, scaling, factor, null, null);
  }

  /**
   * The angle by which pair {@code i} of {@code width / 2} turns at a position.
   *
   * @param width rotated width, even
   */
  public double rotaryAngle(int position, int i, int width) {
    double wavelengthBase = base;
    double at = position;
    if (scaling == Scaling.LINEAR) {
      at /= factor;
    } else if (scaling == Scaling.NTK && width > 2) {
      wavelengthBase *= StrictMath.pow(factor, width / (width - 2.0));
    }
    return at * StrictMath.pow(wavelengthBase, -2.0 * i / width);
  }

  /**
   * The bucket of a distance, as in T5 (Raffel et al., 2020): half of the buckets one distance
   * each, the other half growing logarithmically up to {@code maxDistance}.
   *
   * @param distance position of the key minus position of the query
   * @param bidirectional whether later keys have buckets of their own; otherwise they share bucket
   *     0
   */
  public int bucket(int distance, boolean bidirectional) {
    int count = buckets;
    int first = 0;
    int back = -distance;
    if (bidirectional) {
      count /= 2;
      if (distance > 0) {
        first = count;
      }
      back = Math.abs(distance);
    } else {
      back = Math.max(0, back);
    }
    int exact = count / 2;
    if (back < exact) {
      return first + back;
    }
    double share =
        StrictMath.log((double) back / exact) / StrictMath.log((double) maxDistance / exact);
    return first + Math.min(count - 1, exact + (int) (share * (count - exact)));
  }
}
