package io.tributary.simulation.bench;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;

/**
 * The triad of McCalpin's STREAM, {@code a[i] = b[i] + q · c[i]} over doubles: what this machine's
 * memory gives to arrays that no cache holds, counted as STREAM counts, 24 bytes a value.
 */
final class MemoryBandwidth {
  /** Values of each of the three arrays, which are 192 MiB together. */
  private static final int VALUES = 8 * 1024 * 1024;

  private static final int BYTES_A_VALUE = 24;

  private final double[] a = new double[VALUES];
  private final double[] b = new double[VALUES];
  private final double[] c = new double[VALUES];

  MemoryBandwidth() {
    Arrays.fill(b, 1);
    Arrays.fill(c, 2);
  }

  /** Bytes a second of one pass, with the array cut into a part for each thread. */
  double measure(ExecutorService pool, int threads) {
    long nanos =
        Together.nanos(
            pool,
            threads,
            thread ->
                triad(
                    a,
                    b,
                    c,
                    (int) ((long) VALUES * thread / threads),
                    (int) ((long) VALUES * (thread + 1) / threads)));
    return (double) VALUES * BYTES_A_VALUE / nanos * 1e9;
  }

  private static void triad(double[] a, double[] b, double[] c, int from, int to) {
    for (int i = from; i < to; i++) {
      a[i] = b[i] + 3 * c[i];
    }
  }
}
