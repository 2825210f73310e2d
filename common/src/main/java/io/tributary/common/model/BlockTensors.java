package io.tributary.common.model;

/**
 * The names of one block's tensors. Linear layers are named without {@code .weight} and {@code
 * .bias}, norms without {@code .gain} and {@code .bias}.
 *
 * @param prefix such as {@code layer.0} or {@code encoder.layer.0}
 */
public record BlockTensors(String prefix) {
  /** Norm of the attention. */
  public String attentionNorm() {
    return prefix + ".attention.norm";
  }

  /** (d, (H + 2·K)·s): all queries head by head, then K heads of keys, then K of values. */
  public String attentionInput() {
    return prefix + ".attention.input";
  }

  /** Latent: (d, H·(s + r)): the queries, each head's plain part and then its rotary part. */
  public String attentionQuery() {
    return prefix + ".attention.query";
  }

  /** Latent: (d, l + r): what is cached: the latent and the rotary key that all heads share. */
  public String attentionLatent() {
    return prefix + ".attention.latent";
  }

  /** Latent: (l, 2·H·s): all keys head by head, then all values. */
  public String attentionLatentUp() {
    return prefix + ".attention.latent-up";
  }

  /** (H·s, d): joins the heads' outputs. */
  public String attentionOutput() {
    return prefix + ".attention.output";
  }

  /** Norm of the cross-attention. */
  public String crossNorm() {
    return prefix + ".cross.norm";
  }

  /** (d, H·s): queries to the encoder. */
  public String crossQuery() {
    return prefix + ".cross.query";
  }

  /** (d, 2·K·s): the encoder's keys, then its values. */
  public String crossInput() {
    return prefix + ".cross.input";
  }

  /** (H·s, d): joins the heads' outputs. */
  public String crossOutput() {
    return prefix + ".cross.output";
  }

  /** Norm of the feed-forward. */
  public String feedForwardNorm() {
    return prefix + ".feedforward.norm";
  }

  /** (d, f), or (d, 2·f): gate, then up; experts (E, d, 2·f). */
  public String feedForwardInput() {
    return prefix + ".feedforward.input";
  }

  /** (f, d); experts (E, f, d). */
  public String feedForwardOutput() {
    return prefix + ".feedforward.output";
  }

  /** Experts: (d, E). */
  public String router() {
    return prefix + ".feedforward.router";
  }
}
