package io.tributary.transformer;

/**
 * A model's cross-entropy on held-out data.
 *
 * @param totalNats sum over what was to be predicted
 * @param targetCount number of predictions: tokens, or of a classifier texts
 * @param rightCount those whose right answer the model held most probable
 */
public record Evaluation(double totalNats, long targetCount, long rightCount) {
  private static final double NATS_PER_BIT = Math.log(2);

  /** Mean nats per prediction; NaN if there was none. */
  public double natsPerTarget() {
    return targetCount == 0 ? Double.NaN : totalNats / targetCount;
  }

  /** Mean bits per prediction; NaN if there was none. */
  public double bitsPerTarget() {
    return natsPerTarget() / NATS_PER_BIT;
  }

  /** Share of right answers; NaN if there was no prediction. */
  public double accuracy() {
    return targetCount == 0 ? Double.NaN : (double) rightCount / targetCount;
  }

  /** Both together, as if judged at once. */
  public Evaluation plus(Evaluation other) {
    return new Evaluation(
        totalNats + other.totalNats,
        targetCount + other.targetCount,
        rightCount + other.rightCount);
  }
}
