package io.tributary.common.job;

/**
 * Bounds on what a site may send; an update beyond them is refused, and the sums are laid out so
 * that no update within them can overflow.
 *
 * @param maxAbs R, largest |value| of a delta; default 8
 * @param maxWeight W, most examples one update may claim; default 2^20
 * @param clippingNorm L2 norm to which sites clip their update; default: no clipping
 */
public record UpdateRules(Double maxAbs, Long maxWeight, Double clippingNorm) {
  /** |delta| at most 8, weight at most 2^20, no clipping. */
  public static final UpdateRules DEFAULT = new UpdateRules(null, null, null);

  /** Fills defaults and checks every value. */
  public UpdateRules {
    maxAbs = maxAbs == null ? 8.0 : maxAbs;
    Checks.positive("update.max-abs", maxAbs);
    Checks.range("update.max-abs", maxAbs, 0, 1e30);
    maxWeight = maxWeight == null ? 1L << 20 : maxWeight;
    Checks.range("update.max-weight", maxWeight, 1, 1L << 53);
    if (clippingNorm != null) {
      Checks.positive("update.clipping-norm", clippingNorm);
    }
  }
}
