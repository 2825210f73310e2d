package io.tributary.coordinator.fold;

/**
 * Sums of squares in double, in an order that depends on nothing but the values' places in an
 * update: each block of {@link #VALUES} is summed on its own and the blocks are added in order, so
 * that neither the tile's length nor the machine changes a bit.
 *
 * <p>Within a block many partial sums run side by side: one alone would wait for each addition to
 * end before the next, and the language forbids the compiler to reorder them.
 */
final class Blocks {
  /** Values of a block; every pass reads a multiple of them, but for the update's end. */
  static final int VALUES = 1024;

  /** Partial sums of a squared distance: a quarter of a block. */
  static final int LANES = VALUES / 4;

  private Blocks() {}

  /** Values of a pass: as many whole blocks as the bound allows, at least one. */
  static int passValues(int most) {
    return Math.max(VALUES, most / VALUES * VALUES);
  }

  /** {@code Σ a²} over {@code [from .. to)}, at most one block. */
  static double squares(float[] a, int from, int to) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = from;
    for (; i + 3 < to; i += 4) {
      s0 += (double) a[i] * a[i];
      s1 += (double) a[i + 1] * a[i + 1];
      s2 += (double) a[i + 2] * a[i + 2];
      s3 += (double) a[i + 3] * a[i + 3];
    }
    double rest = 0;
    for (; i < to; i++) {
      rest += (double) a[i] * a[i];
    }
    return s0 + s1 + (s2 + s3) + rest;
  }

  /**
   * {@code Σ (a − b)²} over one whole block; a shorter one is filled with zeros.
   *
   * @param lanes scratch of {@link #LANES}
   */
  static double squaredDistance(double[] a, double[] b, double[] lanes) {
    for (int i = 0; i < LANES; i++) {
      double d0 = a[i] - b[i];
      double d1 = a[i + LANES] - b[i + LANES];
      double d2 = a[i + 2 * LANES] - b[i + 2 * LANES];
      double d3 = a[i + 3 * LANES] - b[i + 3 * LANES];
      lanes[i] = d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3);
    }
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    for (int i = 0; i < LANES; i += 4) {
      s0 += lanes[i];
      s1 += lanes[i + 1];
      s2 += lanes[i + 2];
      s3 += lanes[i + 3];
    }
    return s0 + s1 + (s2 + s3);
  }
}
