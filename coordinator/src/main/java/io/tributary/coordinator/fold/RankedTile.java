package io.tributary.coordinator.fold;

import io.tributary.coordinator.fold.Aggregator.TileFold;
import java.util.Arrays;

/**
 * The tile of a rule over ranks: holds the values of all updates, sorts each coordinate's, and
 * averages the ranks from {@code first} to {@code last}. The mean is taken in double from the
 * lowest rank up, so it depends on the values alone.
 */
final class RankedTile implements TileFold {
  /** Columns that are sorted together: a hundred rows of them stay in a core's own cache. */
  private static final int COLUMNS = 512;

  private final int first;
  private final int last;
  private final float[][] tile; // (updates, tile)
  private final float[][] columns; // (updates, COLUMNS)
  private final double[] sums = new double[COLUMNS];
  private final SortingNetwork network;
  private int length;

  /**
   * Makes room for one tile of every update.
   *
   * @param first lowest rank that counts, from 0
   * @param last highest rank that counts
   */
  RankedTile(int updates, int tileValues, int first, int last) {
    this.first = first;
    this.last = last;
    this.tile = new float[updates][tileValues];
    this.columns = new float[updates][Math.min(COLUMNS, tileValues)];
    this.network = new SortingNetwork(updates, first, last);
  }

  @Override
  public void begin(int length) {
    this.length = length;
  }

  @Override
  public void accumulate(int update, float[] delta) {
    System.arraycopy(delta, 0, tile[update], 0, length);
  }

  @Override
  public void finish(double[] aggregate) {
    for (int from = 0; from < length; from += COLUMNS) {
      int width = Math.min(COLUMNS, length - from);
      for (int row = 0; row < tile.length; row++) {
        System.arraycopy(tile[row], from, columns[row], 0, width);
      }
      network.sort(columns, width);
      average(aggregate, from, width);
    }
  }

  private void average(double[] aggregate, int from, int width) {
    Arrays.fill(sums, 0, width, 0);
    for (int rank = first; rank <= last; rank++) {
      add(columns[rank], sums, width);
    }
    int ranks = last - first + 1;
    for (int i = 0; i < width; i++) {
      aggregate[from + i] = sums[i] / ranks;
    }
  }

  private static void add(float[] values, double[] sums, int width) {
    for (int i = 0; i < width; i++) {
      sums[i] += values[i];
    }
  }
}
