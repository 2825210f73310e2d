package io.tributary.transformer.decode;

import java.util.Arrays;

/** Orders tokens by logit, likeliest first; ties go to the lower token. */
final class TokenOrder {
  private TokenOrder() {}

  /** Index of the largest value. */
  static int likeliest(float[] row) {
    int best = 0;
    for (int token = 1; token < row.length; token++) {
      if (row[token] > row[best]) {
        best = token;
      }
    }
    return best;
  }

  /**
   * All tokens, likeliest first, as keys for {@link #token}.
   *
   * @param row values without NaN or -0
   */
  static long[] sorted(float[] row) {
    long[] keys = new long[row.length];
    for (int token = 0; token < row.length; token++) {
      int bits = Float.floatToIntBits(row[token]);
      // Bits of floats that compare as signed integers do; the complement puts the largest first.
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[token] = ((long) ~ascending << 32) | token;
    }
    Arrays.sort(keys); // of primitives: a large vocabulary is sorted at every step
    return keys;
  }

  /** Token of a key. */
  static int token(long key) {
    return (int) key;
  }
}
