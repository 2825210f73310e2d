package io.tributary.simulation.limits;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How fast one thread moves doubles through memory: the "add" of McCalpin's STREAM, 1995. */
final class MemoryRate {
  private static final int VALUES = 1 << 23; // three arrays of 64 MiB
  private static final int BYTES_PER_VALUE = 3 * Double.BYTES;

  private MemoryRate() {}

  /** The best pass within the time; the first warms up and never counts. */
  static double megabytesPerSecond(long millis) {
    double[] a = new double[VALUES];
    double[] b = new double[VALUES];
    double[] c = new double[VALUES];
    Arrays.fill(b, 1);
    Arrays.fill(c, 2);
    add(a, b, c);
    long best = Long.MAX_VALUE;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    do {
      long started = System.nanoTime();
      add(a, b, c);
      best = Math.min(best, System.nanoTime() - started);
    } while (System.nanoTime() < end);
    if (a[VALUES - 1] != 3) {
      throw new IllegalStateException("1 + 2 came out as " + a[VALUES - 1]);
    }
    return (double) VALUES * BYTES_PER_VALUE * 1e3 / best;
  }

  private static void add(double[] a, double[] b, double[] c) {
    for (int i = 0; i < VALUES; i++) {
      a[i] = b[i] + c[i];
    }
  }
}
