package io.tributary.coordinator.fold;

import java.io.IOException;

/** The L2 norms of all updates, from one pass over them; holds one tile. */
final class UpdateNorms {
  private UpdateNorms() {}

  /** One norm an update, in their order. */
  static double[] of(UpdateTiles updates) throws IOException {
    double[] norms = new double[updates.count()];
    float[] tile = new float[Blocks.passValues(Aggregator.TILE_VALUES)];
    for (int i = 0; i < norms.length; i++) {
      double squares = 0;
      for (long at = 0; at < updates.valueCount(); at += tile.length) {
        int length = (int) Math.min(tile.length, updates.valueCount() - at);
        updates.read(i, at, length, tile);
        for (int from = 0; from < length; from += Blocks.VALUES) {
          squares += Blocks.squares(tile, from, Math.min(length, from + Blocks.VALUES));
        }
      }
      norms[i] = Math.sqrt(squares);
    }
    return norms;
  }
}
