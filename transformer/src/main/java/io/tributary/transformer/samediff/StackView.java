package io.tributary.transformer.samediff;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What one stack's attentions have in common.
 *
 * @param batch B
 * @param queries t, positions that look
 * @param keys L, positions that are looked at
 * @param causal whether later positions are hidden
 * @param mask (1, 1, G·t, L), 0 or −1e9 by the pattern; null: nothing is hidden
 * @param present (B, 1, 1, L), 0 or −1e9 where no token is; null: all are there, or later
 * @param bias (1, K, G·t, L), learned, of relative positions; null: none
 * @param rotary angles of the positions; null: none
 */
record StackView(
    int batch,
    int queries,
    int keys,
    boolean causal,
    SDVariable mask,
    SDVariable present,
    SDVariable bias,
    Rotary rotary) {

  /** B · t. */
  int rows() {
    return batch * queries;
  }
}
