package io.tributary.common.sum;

/**
 * The fixed-point format in which updates are added: the reason that arrival order, relays and
 * masks cannot change a published bit.
 *
 * <p>A value {@code delta} with weight {@code w} becomes the 64-bit integer {@code q = rint(delta ·
 * w · 2^s)}, computed in double. Integers add exactly in any order. The scale is the largest that
 * cannot overflow: with N updates, weights up to W and |delta| up to R, {@code s = 62 − ⌈log2(N · W
 * · R)⌉}, so that |Σ q| ≤ N·W·R·2^s + N/2 &lt; 2^63.
 *
 * <p>Rounding moves each q by at most 1/2, hence the mean by at most {@code N / (2 · 2^s · Σw)}.
 *
 * @param scaleBits s
 */
public record FixedPoint(int scaleBits) {
  /** Fewer bits after the point than this are refused: the sum would lose what training learned. */
  public static final int MIN_SCALE_BITS = 20;

  /** More are of no use: a float delta times its weight has no more to give to a 63-bit sum. */
  public static final int MAX_SCALE_BITS = 62;

  /** Checks the bounds of s. */
  public FixedPoint {
    if (scaleBits < MIN_SCALE_BITS || scaleBits > MAX_SCALE_BITS) {
      throw new IllegalArgumentException(
          "fixed-point scale is 2^"
              + scaleBits
              + " but must be 2^"
              + MIN_SCALE_BITS
              + " to 2^"
              + MAX_SCALE_BITS);
    }
  }

  /**
   * The format for a round.
   *
   * @param sites N, most updates in one sum
   * @param maxWeight W, {@code update.max-weight}
   * @param maxAbs R, {@code update.max-abs}
   * @throws IllegalArgumentException if a sum within these bounds could overflow or would keep
   *     fewer than {@link #MIN_SCALE_BITS} bits
   */
  public static FixedPoint forBounds(int sites, long maxWeight, double maxAbs) {
    if (sites < 1 || maxWeight < 1 || !(maxAbs > 0) || Double.isInfinite(maxAbs)) {
      throw new IllegalArgumentException(
          "fixed-point bounds are sites "
              + sites
              + ", update.max-weight "
              + maxWeight
              + ", update.max-abs "
              + maxAbs
              + ": all must be finite and above zero");
    }
    double bound = (double) sites * maxWeight * maxAbs;
    int bits = ceilLog2(bound);
    int scaleBits = Math.min(MAX_SCALE_BITS, 62 - bits);
    if (scaleBits < MIN_SCALE_BITS) {
      throw new IllegalArgumentException(
          "update.max-weight "
              + maxWeight
              + " times update.max-abs "
              + maxAbs
              + " times "
              + sites
              + " sites needs "
              + bits
              + " bits of a 62-bit sum and leaves "
              + scaleBits
              + " after the point, but at least "
              + MIN_SCALE_BITS
              + " are needed: lower update.max-weight or update.max-abs");
    }
    return new FixedPoint(scaleBits);
  }

  /** rint(delta · weight · 2^s). The caller has checked |delta| and weight against the bounds. */
  public long quantise(float delta, long weight) {
    // Exact up to the rint: delta·weight has at most 24 + 21 significant bits in the default
    // bounds,
    // and a power of two only moves the exponent.
    return (long) Math.rint((double) delta * weight * scale());
  }

  /**
   * weight · 2^s, by which {@code rint(delta · multiplier)} is {@link #quantise}: exact, because
   * weights are below 2^53 and a power of two only moves the exponent.
   */
  double multiplier(long weight) {
    return weight * scale();
  }

  /** The weighted mean that a sum stands for. */
  public double mean(long sum, long totalWeight) {
    return sum * inverseScale() / totalWeight;
  }

  /** Most that the mean of {@code updates} updates can differ from the exact one by rounding. */
  public double meanErrorBound(int updates, long totalWeight) {
    return updates / (2.0 * scale() * totalWeight);
  }

  /** 2^−s: a product with it has the bits of the quotient by 2^s, in a fraction of the time. */
  private double inverseScale() {
    return 1 / scale();
  }

  private double scale() {
    return (double) (1L << scaleBits);
  }

  /** The least k with 2^k ≥ value; exact, unlike a quotient of logarithms. */
  private static int ceilLog2(double value) {
    int exponent = Math.getExponent(value);
    return value == Math.scalb(1.0, exponent) ? exponent : exponent + 1;
  }
}
