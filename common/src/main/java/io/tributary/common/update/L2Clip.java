package io.tributary.common.update;

/**
 * Scales an update down to an L2 norm of at most C: {@code delta · min(1, C / ‖delta‖)} (McMahan et
 * al., "Learning differentially private recurrent language models", 2018, flat clipping).
 *
 * <p>The norm is taken in double over all trainable values. An update of norm zero, which others
 * divide by, passes as it is. Rounding to float may lift the result above C by a few units in the
 * last place, so a scaled update is scaled to just below C: the bound holds exactly.
 */
public final class L2Clip implements UpdateStage<RawUpdate, ClippedUpdate> {
  /** Room for rounding each value to float: half a unit in the last place each, 2^-24. */
  private static final double FLOAT_ROUNDING_ROOM = 1.0 - 0x1p-23;

  private final double clippingNorm;

  /** Clips to {@code clippingNorm}, finite and above zero. */
  public L2Clip(double clippingNorm) {
    if (!(clippingNorm > 0) || Double.isInfinite(clippingNorm)) {
      throw new IllegalArgumentException(
          "update.clipping-norm is " + clippingNorm + " but must be finite and above 0");
    }
    this.clippingNorm = clippingNorm;
  }

  @Override
  public ClippedUpdate apply(RawUpdate update) {
    float[] delta = update.delta();
    double norm = norm(delta);
    if (!Double.isFinite(norm)) {
      throw new UpdateRefusedException(
          "the update's L2 norm is " + norm + ": it cannot be clipped");
    }
    if (norm > clippingNorm) {
      double factor = clippingNorm / norm * FLOAT_ROUNDING_ROOM;
      for (int i = 0; i < delta.length; i++) {
        delta[i] = (float) (delta[i] * factor);
      }
    }
    return new ClippedUpdate(delta, clippingNorm);
  }

  @Override
  public String describe() {
    return "l2-clip: scaled down to an L2 norm of at most " + clippingNorm;
  }

  static double norm(float[] delta) {
    double squares = 0;
    for (float value : delta) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
