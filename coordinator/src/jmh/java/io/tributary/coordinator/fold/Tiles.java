package io.tributary.coordinator.fold;

import io.tributary.common.random.CounterRandom;

/** Noise for the measurements of this folder: 128 MiB of updates in tiles. */
final class Tiles {
  /** Values of a tile. */
  static final int LENGTH = Aggregator.TILE_VALUES;

  /** Values of all tiles. */
  static final int VALUES = 32 * 1024 * 1024;

  private Tiles() {}

  /** A tile of small values. */
  static float[] tile(long seed) {
    CounterRandom random = new CounterRandom(seed, 1);
    float[] tile = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      tile[i] = (float) (0.01 * random.nextGaussian());
    }
    return tile;
  }

  /** All of them: each has the first one's values from another place on. */
  static float[][] noise() {
    float[] first = tile(1);
    float[][] tiles = new float[VALUES / LENGTH][LENGTH];
    for (int tile = 0; tile < tiles.length; tile++) {
      int shift = tile * 97 % LENGTH;
      System.arraycopy(first, shift, tiles[tile], 0, LENGTH - shift);
      System.arraycopy(first, 0, tiles[tile], LENGTH - shift, shift);
    }
    return tiles;
  }

  /** The first values of the first tiles, as updates. */
  static UpdateTiles updates(float[][] tiles, int count, int values) {
    return new UpdateTiles() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public long weight(int update) {
        return 1;
      }

      @Override
      public long valueCount() {
        return values;
      }

      @Override
      public void read(int update, long at, int length, float[] into) {
        System.arraycopy(tiles[update], (int) at, into, 0, length);
      }
    };
  }
}
