package io.tributary.common.job;

/**
 * How a site's data is used.
 *
 * @param heldOutShare share of the bytes that is never trained on and judges the model; default 0.1
 */
public record DataRules(Double heldOutShare) {
  /** A tenth is held out. */
  public static final DataRules DEFAULT = new DataRules(null);

  /** Fills the default and checks the share. */
  public DataRules {
    heldOutShare = heldOutShare == null ? 0.1 : heldOutShare;
    Checks.range("data.held-out-share", heldOutShare, 0.01, 0.5);
  }
}
