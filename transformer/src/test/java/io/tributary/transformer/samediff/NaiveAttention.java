package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;

/**
 * Attention with a whole matrix of weights in plain double arithmetic: the oracle.
 *
 * <p>Shapes as in {@link TiledAttention}.
 */
record NaiveAttention(
    int batches,
    int heads,
    int groups,
    int queries,
    int keys,
    int width,
    int valueWidth,
    double scale,
    AttentionRules rules,
    boolean causal) {

  double[] output(double[] q, double[] k, double[] v, double[] mask) {
    double[] out = new double[batches * heads * groups * queries * valueWidth];
    for (int b = 0; b < batches; b++) {
      for (int h = 0; h < heads; h++) {
        for (int row = 0; row < groups * queries; row++) {
          row(q, k, v, mask, b, h, row, out);
        }
      }
    }
    return out;
  }

  private void row(
      double[] q, double[] k, double[] v, double[] mask, int b, int h, int row, double[] out) {
    int at = (b * heads + h) * groups * queries + row;
    double[] scores = new double[keys];
    double largest = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < keys; key++) {
      double score = mask.length == 0 ? 0 : mask[b * keys + key];
      for (int i = 0; i < width; i++) {
        score += scale * q[at * width + i] * k[((b * heads + h) * keys + key) * width + i];
      }
      scores[key] = rules.sees(row % queries, key, causal) ? score : Double.NEGATIVE_INFINITY;
      largest = Math.max(largest, scores[key]);
    }
    double sum = 0;
    for (int key = 0; key < keys; key++) {
      scores[key] = Math.exp(scores[key] - largest);
      sum += scores[key];
    }
    for (int key = 0; key < keys; key++) {
      for (int i = 0; i < valueWidth; i++) {
        out[at * valueWidth + i] +=
            scores[key] / sum * v[((b * heads + h) * keys + key) * valueWidth + i];
      }
    }
  }
}
