package io.tributary.coordinator.fold;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Sorts many columns at once: Batcher's merge exchange for any number of rows (Knuth, "The art of
 * computer programming", volume 3, section 5.2.2, algorithm M), without the comparators that the
 * wanted ranks do not depend on.
 *
 * <p>Which rows are compared does not depend on the values, so a comparator is a minimum and a
 * maximum over whole rows: loops without a branch, which the compiler vectorises. A sort of each
 * column would move one value at a time.
 */
final class SortingNetwork {
  private final int[] upper; // the comparators in order: the lesser value goes to upper
  private final int[] lower;

  /**
   * Lays the network out.
   *
   * @param rows at least 1
   * @param firstRank lowest rank that is wanted, from 0
   * @param lastRank highest
   */
  SortingNetwork(int rows, int firstRank, int lastRank) {
    int[] pairs = new int[64];
    int count = 0;
    int top = rows < 2 ? 0 : Integer.highestOneBit(rows - 1);
    for (int p = top; p > 0; p >>= 1) {
      int q = top;
      int r = 0;
      int d = p;
      while (true) {
        for (int i = 0; i + d < rows; i++) {
          if ((i & p) == r) {
            if (count + 2 > pairs.length) {
              pairs = Arrays.copyOf(pairs, 2 * pairs.length);
            }
            pairs[count++] = i;
            pairs[count++] = i + d;
          }
        }
        if (q == p) {
          break;
        }
        d = q - p;
        q >>= 1;
        r = p;
      }
    }
    BitSet wanted = new BitSet(rows);
    wanted.set(firstRank, lastRank + 1);
    int kept = 0;
    for (int c = count - 2; c >= 0; c -= 2) { // from the end: what nobody reads is left out
      if (wanted.get(pairs[c]) || wanted.get(pairs[c + 1])) {
        wanted.set(pairs[c]);
        wanted.set(pairs[c + 1]);
        kept++;
      } else {
        pairs[c] = -1;
      }
    }
    this.upper = new int[kept];
    this.lower = new int[kept];
    int next = 0;
    for (int c = 0; c < count; c += 2) {
      if (pairs[c] >= 0) {
        upper[next] = pairs[c];
        lower[next++] = pairs[c + 1];
      }
    }
  }

  int comparators() {
    return upper.length;
  }

  /**
   * Puts the wanted ranks of every column into their rows; the other rows hold anything.
   *
   * @param values rows of columns
   * @param length of the columns that are sorted
   */
  void sort(float[][] values, int length) {
    for (int c = 0; c < upper.length; c++) {
      exchange(values[upper[c]], values[lower[c]], length);
    }
  }

  private static void exchange(float[] a, float[] b, int length) {
    for (int i = 0; i < length; i++) {
      float x = a[i];
      float y = b[i];
      a[i] = Math.min(x, y);
      b[i] = Math.max(x, y);
    }
  }
}
