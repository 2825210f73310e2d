package io.tributary.transformer.samediff;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What all blocks of one answering graph have in common, a few rows at a time.
 *
 * <p>Linear layers, norms and feed-forward are the training graph's parts. Letters: B sequences, t
 * rows of each, N = B·t, d width, H heads, K heads with keys and values of their own, g = H/K, s
 * head width.
 */
final class InferenceBlocks {
  final GraphParts parts;
  final TransformerConfig config;
  final int batch;
  final int length;
  private final FeedForwardLayers feedForward;

  /**
   * Opens a graph.
   *
   * @param values of all parameters, in layout order
   * @param batch B
   * @param length t
   */
  InferenceBlocks(TransformerConfig config, float[] values, int batch, int length) {
    this.config = config;
    this.batch = batch;
    this.length = length;
    this.parts = GraphParts.answering(config, values);
    this.feedForward = new FeedForwardLayers(parts);
  }

  /** N. */
  int rows() {
    return Math.multiplyExact(batch, length);
  }

  /** A linear layer of all rows. */
  SDVariable linear(SDVariable x, String name) {
    return parts.linear(x, rows(), name);
  }

  /** A norm of all rows. */
  SDVariable norm(SDVariable x, String name) {
    return parts.norm(x, rows(), name);
  }

  /**
   * Columns as heads.
   *
   * @param x (N, heads·size)
   * @return (B, heads, t, size)
   */
  SDVariable heads(SDVariable x, int heads, int size) {
    if (length == 1) { // no other order: no copy
      return InferenceOps.reshape(x, batch, heads, 1, size);
    }
    return InferenceOps.reshape(x, batch, length, heads, size).permute(0, 2, 1, 3);
  }

  /**
   * Heads as columns.
   *
   * @param x (B, heads, t, size)
   * @return (N, heads·size)
   */
  SDVariable columns(SDVariable x, int heads, int size) {
    SDVariable byRow = length == 1 ? x : x.permute(0, 2, 1, 3);
    return InferenceOps.reshape(byRow, rows(), (long) heads * size);
  }

  /** The feed-forward sublayer with its sum and norm, (N, d). */
  SDVariable fed(SDVariable x, BlockTensors names) {
    SDVariable normed = before(x, names.feedForwardNorm());
    return after(x, feedForward.apply(normed, rows(), names, null), names.feedForwardNorm());
  }

  /** The input of a sublayer: normed before it, where norms stand before. */
  SDVariable before(SDVariable x, String norm) {
    return config.norm().before() ? norm(x, norm) : x;
  }

  /** The sum of a sublayer and its input: normed after it, where norms stand after. */
  SDVariable after(SDVariable x, SDVariable sublayer, String norm) {
    SDVariable sum = BlockOps.sum(x, sublayer);
    return config.norm().before() ? sum : norm(sum, norm);
  }
}
