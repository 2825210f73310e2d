package io.tributary.common.update;

/** First stage of every pipeline: an update with NaN or infinity stays home. */
final class FiniteCheck implements UpdateStage<RawUpdate, RawUpdate> {
  @Override
  public RawUpdate apply(RawUpdate update) {
    float[] delta = update.delta();
    for (int i = 0; i < delta.length; i++) {
      if (!Float.isFinite(delta[i])) {
        throw new UpdateRefusedException(
            "value "
                + i
                + " of the update is "
                + delta[i]
                + ": training diverged, lower local.learning-rate");
      }
    }
    return update;
  }

  @Override
  public String describe() {
    return "finite: an update with NaN or infinity is not sent";
  }
}
