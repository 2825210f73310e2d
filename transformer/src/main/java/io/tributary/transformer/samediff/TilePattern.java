package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An attention pattern cut into tiles: which pairs of query and key tiles see anything, and which
 * of these need a mask because they do not see everything. A pair that sees nothing is not listed,
 * so nobody computes it: this is where sparse patterns save time.
 *
 * <p>Masks that look the same are the same: a pattern of distances needs a handful.
 */
final class TilePattern {
  /** Needs no mask. */
  static final int SEES_ALL = -1;

  private final int tileLength;
  private final int queries;
  private final int keys;
  private final List<List<Pair>> rows = new ArrayList<>();
  private final List<Mask> masks = new ArrayList<>();

  /**
   * A key tile that a query tile sees.
   *
   * @param keyTile which
   * @param mask number of its mask, or {@link #SEES_ALL}
   */
  record Pair(int keyTile, int mask) {}

  /**
   * Which keys of a tile are hidden from which of its queries.
   *
   * @param queries rows
   * @param keys columns
   * @param hidden bit row · keys + column
   */
  record Mask(int queries, int keys, BitSet hidden) {}

  /**
   * Cuts a pattern.
   *
   * @param rules with a tile length
   * @param causal whether later positions are hidden
   * @param queries number of positions that look
   * @param keys number of positions that are looked at
   */
  TilePattern(AttentionRules rules, boolean causal, int queries, int keys) {
    this.tileLength = rules.tileLength();
    this.queries = queries;
    this.keys = keys;
    Map<Mask, Integer> numbers = new HashMap<>();
    for (int i = 0; i < tiles(queries); i++) {
      List<Pair> row = new ArrayList<>();
      for (int j = 0; j < tiles(keys); j++) {
        Mask mask = mask(rules, causal, i, j);
        int hidden = mask.hidden.cardinality();
        if (hidden == 0) {
          row.add(new Pair(j, SEES_ALL));
        } else if (hidden < mask.queries * mask.keys) {
          row.add(
              new Pair(
                  j,
                  numbers.computeIfAbsent(
                      mask,
                      fresh -> {
                        masks.add(fresh);
                        return masks.size() - 1;
                      })));
        }
      }
      rows.add(row);
    }
  }

  private Mask mask(AttentionRules rules, boolean causal, int queryTile, int keyTile) {
    int height = length(queries, queryTile);
    int width = length(keys, keyTile);
    BitSet hidden = new BitSet(height * width);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int query = queryTile * tileLength + row;
        if (!rules.sees(query, keyTile * tileLength + column, causal)) {
          hidden.set(row * width + column);
        }
      }
    }
    return new Mask(height, width, hidden);
  }

  private int tiles(int positions) {
    return (positions + tileLength - 1) / tileLength;
  }

  private int length(int positions, int tile) {
    return Math.min(tileLength, positions - tile * tileLength);
  }

  int tileLength() {
    return tileLength;
  }

  int queryTiles() {
    return rows.size();
  }

  int keyTiles() {
    return tiles(keys);
  }

  /** Number of queries of a tile: the last one may be short. */
  int queriesOf(int queryTile) {
    return length(queries, queryTile);
  }

  /** Number of keys of a tile. */
  int keysOf(int keyTile) {
    return length(keys, keyTile);
  }

  /** The key tiles that a query tile sees, in order. */
  List<Pair> row(int queryTile) {
    return rows.get(queryTile);
  }

  /** All different masks, by number. */
  List<Mask> masks() {
    return masks;
  }
}
