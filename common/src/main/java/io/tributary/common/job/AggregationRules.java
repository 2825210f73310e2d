package io.tributary.common.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * How the updates of a round become one; see {@code docs/strategies.md} for when to use which.
 *
 * <p>A parameter that its rule does not use is an error, so that nobody believes in a protection
 * that is not there.
 *
 * @param rule default weighted-mean
 * @param trimShare trimmed-mean: share of the values cut from each end of every coordinate; default
 *     0.1
 * @param byzantine krum and multi-krum: f, most updates that may be arbitrary
 * @param keep multi-krum: m, updates that are averaged; default n − f
 * @param clippingNorm norm-clipped-mean: L2 norm to which the coordinator clips every update
 * @param maxIterations geometric-median: Weiszfeld steps at most; default 32
 */
public record AggregationRules(
    Rule rule,
    Double trimShare,
    Integer byzantine,
    Integer keep,
    Double clippingNorm,
    Integer maxIterations) {
  /** The weighted mean. */
  public static final AggregationRules DEFAULT =
      new AggregationRules(null, null, null, null, null, null);

  /** Most Weiszfeld steps: each reads every update once. */
  public static final int MAX_ITERATIONS = 1_000;

  /**
   * Most updates of a rule that compares them with each other: it keeps a number for each pair, 16
   * MiB of them.
   */
  public static final int MAX_COMPARED_UPDATES = 2_048;

  /** Rules of aggregation. */
  public enum Rule {
    /** McMahan et al., "Communication-efficient learning of deep networks", 2017. */
    @JsonProperty("weighted-mean")
    WEIGHTED_MEAN,
    /** Every site counts the same, however many examples it has. */
    @JsonProperty("unweighted-mean")
    UNWEIGHTED_MEAN,
    /** Yin et al., "Byzantine-robust distributed learning", 2018. */
    @JsonProperty("median")
    MEDIAN,
    /** Yin et al. 2018. */
    @JsonProperty("trimmed-mean")
    TRIMMED_MEAN,
    /** Pillutla, Kakade and Harchaoui, "Robust aggregation for federated learning", 2022. */
    @JsonProperty("geometric-median")
    GEOMETRIC_MEDIAN,
    /** Blanchard et al., "Machine learning with adversaries", 2017. */
    @JsonProperty("krum")
    KRUM,
    /** Blanchard et al. 2017. */
    @JsonProperty("multi-krum")
    MULTI_KRUM,
    /** Sun et al., "Can you really backdoor federated learning?", 2019. */
    @JsonProperty("norm-clipped-mean")
    NORM_CLIPPED_MEAN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Fills defaults and checks every value and the values together. */
  public AggregationRules {
    rule = rule == null ? Rule.WEIGHTED_MEAN : rule;
    onlyFor("trim-share", trimShare, rule, Rule.TRIMMED_MEAN);
    onlyFor("byzantine", byzantine, rule, Rule.KRUM, Rule.MULTI_KRUM);
    onlyFor("keep", keep, rule, Rule.MULTI_KRUM);
    onlyFor("clipping-norm", clippingNorm, rule, Rule.NORM_CLIPPED_MEAN);
    onlyFor("max-iterations", maxIterations, rule, Rule.GEOMETRIC_MEDIAN);
    switch (rule) {
      case TRIMMED_MEAN -> {
        trimShare = trimShare == null ? 0.1 : trimShare;
        Checks.range("aggregation.trim-share", trimShare, 0, 0.5);
        if (trimShare == 0.5) {
          throw new IllegalArgumentException(
              "aggregation.trim-share is 0.5, which leaves nothing: lower it, or use the rule"
                  + " median");
        }
      }
      case KRUM, MULTI_KRUM -> {
        Checks.required("aggregation.byzantine", byzantine);
        Checks.range("aggregation.byzantine", byzantine, 0, RoundRules.MAX_COHORT);
        if (keep != null) {
          Checks.range("aggregation.keep", keep, 1, RoundRules.MAX_COHORT);
        }
      }
      case NORM_CLIPPED_MEAN -> {
        Checks.required("aggregation.clipping-norm", clippingNorm);
        Checks.positive("aggregation.clipping-norm", clippingNorm);
      }
      case GEOMETRIC_MEDIAN -> {
        maxIterations = maxIterations == null ? 32 : maxIterations;
        Checks.range("aggregation.max-iterations", maxIterations, 1, MAX_ITERATIONS);
      }
      case WEIGHTED_MEAN, UNWEIGHTED_MEAN, MEDIAN -> {}
    }
  }

  private static void onlyFor(String key, Object value, Rule rule, Rule... users) {
    if (value != null && !java.util.List.of(users).contains(rule)) {
      throw new IllegalArgumentException(
          "aggregation."
              + key
              + " is "
              + value
              + " but the rule "
              + rule
              + " does not use it: remove it, or use the rule "
              + users[0]);
    }
  }

  /** Fewest updates to which the rule applies. */
  public int fewestUpdates() {
    return switch (rule) {
      case KRUM, MULTI_KRUM ->
          Math.max(Math.addExact(Math.multiplyExact(2, byzantine), 3), keep == null ? 1 : keep);
      default -> 1;
    };
  }

  /** Most updates to which the rule applies. */
  public int mostUpdates() {
    return switch (rule) {
      case MEDIAN, TRIMMED_MEAN, GEOMETRIC_MEDIAN, KRUM, MULTI_KRUM -> MAX_COMPARED_UPDATES;
      case WEIGHTED_MEAN, UNWEIGHTED_MEAN, NORM_CLIPPED_MEAN -> RoundRules.MAX_COHORT;
    };
  }

  /**
   * Checks that no round has too many updates.
   *
   * @throws IllegalArgumentException naming both numbers
   */
  void requireCohort(int cohort) {
    if (cohort > mostUpdates()) {
      throw new IllegalArgumentException(
          "round.cohort is "
              + cohort
              + " but the rule "
              + rule
              + " compares all updates with each other and takes at most "
              + mostUpdates()
              + ": lower round.cohort, or use the rule norm-clipped-mean");
    }
  }

  /**
   * Checks that every round that counts has enough updates.
   *
   * @throws IllegalArgumentException naming both numbers
   */
  void requireQuorum(int quorum) {
    if (quorum < fewestUpdates()) {
      throw new IllegalArgumentException(
          "round.quorum is "
              + quorum
              + " but the rule "
              + rule
              + " needs "
              + fewestUpdates()
              + " updates (2 · aggregation.byzantine + 3, and aggregation.keep): raise"
              + " round.quorum or lower aggregation.byzantine");
    }
  }
}
