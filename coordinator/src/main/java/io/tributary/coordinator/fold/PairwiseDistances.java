package io.tributary.coordinator.fold;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The squared L2 distances between all updates, from one pass over them: {@code n·(n−1)/2} numbers,
 * at most 16 MiB, and one tile of all updates.
 *
 * <p>All cores work on it: it is by far the slowest part of the rules that need it. Differences are
 * squared as they are, not taken from dot products: nearly equal updates, which is what honest ones
 * are, would cancel.
 */
final class PairwiseDistances {
  private final int count;
  private final double[] squares; // row i holds the distances to 0 .. i − 1

  private PairwiseDistances(int count) {
    this.count = count;
    this.squares = new double[Math.toIntExact((long) count * (count - 1) / 2)];
  }

  /**
   * Measures.
   *
   * @param tileValues values of each update that are held at once; rounded to whole blocks
   */
  static PairwiseDistances of(UpdateTiles updates, int tileValues) throws IOException {
    int passValues = Blocks.passValues(tileValues);
    PairwiseDistances distances = new PairwiseDistances(updates.count());
    float[][] tile = new float[updates.count()][passValues];
    double[][] block = new double[updates.count()][Blocks.VALUES];
    double[][] lanes = new double[updates.count()][Blocks.LANES];
    for (long at = 0; at < updates.valueCount(); at += passValues) {
      int length = (int) Math.min(passValues, updates.valueCount() - at);
      for (int i = 0; i < tile.length; i++) {
        updates.read(i, at, length, tile[i]);
      }
      for (int from = 0; from < length; from += Blocks.VALUES) {
        distances.add(tile, from, Math.min(Blocks.VALUES, length - from), block, lanes);
      }
    }
    return distances;
  }

  private void add(float[][] tile, int from, int length, double[][] block, double[][] lanes) {
    for (int i = 0; i < count; i++) {
      widen(tile[i], from, block[i], length);
    }
    // Every row is its own, so the cores share them without changing a bit.
    IntStream.range(1, count).parallel().forEach(i -> addRow(i, block, lanes[i]));
  }

  private void addRow(int i, double[][] block, double[] lanes) {
    int at = row(i);
    for (int j = 0; j < i; j++) {
      squares[at + j] += Blocks.squaredDistance(block[i], block[j], lanes);
    }
  }

  private static void widen(float[] values, int from, double[] wide, int length) {
    for (int i = 0; i < length; i++) {
      wide[i] = values[from + i];
    }
    Arrays.fill(wide, length, wide.length, 0);
  }

  /** How many updates were compared. */
  int count() {
    return count;
  }

  /** {@code ‖xᵢ − xⱼ‖²}. */
  double squared(int i, int j) {
    if (i == j) {
      return 0;
    }
    return squares[row(Math.max(i, j)) + Math.min(i, j)];
  }

  private static int row(int i) {
    return i * (i - 1) / 2;
  }
}
