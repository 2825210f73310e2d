package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Exact attention in tiles, for one graph: makes the node of each layer and owns the arrays that
 * layers use one after the other.
 *
 * <p>softmax(scale · q·kᵀ)·v, one tile of keys after the other, with running maximum and sum of
 * each row (Rabe and Staats, "Self-attention does not need O(n²) memory", 2021); the derivative
 * computes the tiles again from q, k and the logarithm of each row's sum (Dao et al.,
 * "FlashAttention", 2022, algorithm 4). No T × T array exists, and pairs of tiles that the pattern
 * hides whole are skipped.
 *
 * <p>Letters: B sequences, K key heads, G query heads a key head, T queries, L keys, w width of
 * queries and keys, s width of values.
 */
final class TiledAttention {
  private final Map<String, INDArray> scratch = new HashMap<>();
  private int layers;

  /**
   * Adds a layer's attention to the graph.
   *
   * @param q (B, K, G·T, w): row g·T + t is position t of the group's head g
   * @param k (B, K, L, w)
   * @param v (B, K, L, s)
   * @param scale of scores
   * @param rules with a tile length
   * @param causal whether later positions are hidden
   * @param groups G
   * @param presentMaskOrNull (B, 1, 1, L): added to scores, 0 or -1e9. A query that sees only
   *     hidden keys gets some mean of values, never NaN, and passes no gradient on
   * @return (B, K, G·T, s)
   */
  SDVariable apply(
      SDVariable q,
      SDVariable k,
      SDVariable v,
      double scale,
      AttentionRules rules,
      boolean causal,
      int groups,
      SDVariable presentMaskOrNull) {
    SDVariable[] inputs =
        presentMaskOrNull == null
            ? new SDVariable[] {q, k, v}
            : new SDVariable[] {q, k, v, presentMaskOrNull};
    TiledForward layer =
        new TiledForward(
            this, "layer." + layers++ + ".", new TileRules(scale, rules, causal, groups), inputs);
    return layer.outputVariable();
  }

  /**
   * What a node is told.
   *
   * @param scale of scores
   * @param rules with a tile length
   * @param causal whether later positions are hidden
   * @param groups G
   */
  record TileRules(double scale, AttentionRules rules, boolean causal, int groups) {}

  /** An array that any layer may overwrite; zeros at first. */
  INDArray scratch(String name, DataType type, long length) {
    return scratch.computeIfAbsent(name + "/" + length, key -> Nd4j.create(type, length));
  }

  /** Values of all arrays that are kept beside the graph's. */
  long scratchValues() {
    return scratch.values().stream().mapToLong(INDArray::length).sum();
  }

  /** Frees the arrays of all layers; the next run makes new ones. */
  void release() {
    scratch.values().forEach(INDArray::close);
    scratch.clear();
  }
}
