package io.tributary.simulation.bench;

import io.tributary.common.random.CounterRandom;
import io.tributary.common.sum.FixedPoint;
import io.tributary.common.sum.FixedPointSum;
import io.tributary.coordinator.fold.Aggregator;
import java.util.concurrent.ExecutorService;

/**
 * The loop of the weighted mean on updates that lie in memory: counted as 20 bytes a value, 4 of
 * the update and 8 to read and 8 to write of the sum, as if none came from a cache.
 */
final class MeanRate {
  /** Values of the updates together, 128 MiB. */
  private static final int VALUES = 32 * 1024 * 1024;

  private static final int BYTES_A_VALUE = 20;

  /** Tiles that are different arrays, so that no cache holds them. */
  private static final int TILES = VALUES / Aggregator.TILE_VALUES;

  private final float[][] tiles = new float[TILES][Aggregator.TILE_VALUES];

  MeanRate() {
    CounterRandom random = new CounterRandom(1, 1);
    for (int i = 0; i < Aggregator.TILE_VALUES; i++) {
      tiles[0][i] = (float) (0.01 * random.nextGaussian());
    }
    for (int tile = 1; tile < TILES; tile++) {
      System.arraycopy(tiles[0], 0, tiles[tile], 0, Aggregator.TILE_VALUES);
    }
  }

  /** Bytes a second of one pass; each thread folds its own part of the model. */
  double measure(ExecutorService pool, int threads) {
    FixedPointSum[] sums = new FixedPointSum[threads];
    for (int thread = 0; thread < threads; thread++) {
      sums[thread] =
          new FixedPointSum(FixedPoint.forBounds(100, 1 << 20, 8), Aggregator.TILE_VALUES);
      sums[thread].reset(Aggregator.TILE_VALUES);
    }
    long nanos =
        Together.nanos(
            pool,
            threads,
            thread -> {
              for (int tile = thread; tile < TILES; tile += threads) {
                sums[thread].add(tiles[tile], 1000);
              }
            });
    return (double) VALUES * BYTES_A_VALUE / nanos * 1e9;
  }
}
