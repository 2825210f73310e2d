package io.tributary.coordinator.fold;

/**
 * Sums of squares in double, in an order that depends on nothing but the values' places in an
 * update: each block of {@link #VALUES} is summed on its own and the blocks are added in order, so
 * that neither the tile's length nor the machine changes a bit.
 *
 * <p>Within a block eight partial sums run side by side: one sum alone would wait for each addition
 * to end before the next, and the language forbids the compiler to reorder them.
 */
final class Blocks {
  /** Values of a block; every pass reads a multiple of them, but for the update's end. */
  static final int VALUES = 1024;

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

  /** {@code Σ (a − b)²} over {@code [0 .. length)}, at most one block. */
  static double squaredDistance(double[] a, double[] b, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = 0;
    for (; i + 7 < length; i += 8) {
      double d0 = a[i] - b[i];
      double d1 = a[i + 1] - b[i + 1];
      double d2 = a[i + 2] - b[i + 2];
      double d3 = a[i + 3] - b[i + 3];
      double d4 = a[i + 4] - b[i + 4];
      double d5 = a[i + 5] - b[i + 5];
      double d6 = a[i + 6] - b[i + 6];
      double d7 = a[i + 7] - b[i + 7];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
      s4 += d4 * d4;
      s5 += d5 * d5;
      s6 += d6 * d6;
      s7 += d7 * d7;
    }
    double rest = 0;
    for (; i < length; i++) {
      double d = a[i] - b[i];
      rest += d * d;
    }
    return (s0 + s1 + (s2 + s3)) + (s4 + s5 + (s6 + s7)) + rest;
  }
}
