package io.tributary.transformer;

/**
 * A model's cross-entropy on held-out text.
 *
 * @param totalNats sum over predicted bytes
 * @param byteCount number of predicted bytes
 */
public record Evaluation(double totalNats, long byteCount) {
  private static final double NATS_PER_BIT = Math.log(2);

  /** Mean nats per byte; NaN if no byte was predicted. */
  public double natsPerByte() {
    return byteCount == 0 ? Double.NaN : totalNats / byteCount;
  }

  /** Mean bits per byte; NaN if no byte was predicted. */
  public double bitsPerByte() {
    return natsPerByte() / NATS_PER_BIT;
  }

  /** Both together, as if judged at once. */
  public Evaluation plus(Evaluation other) {
    return new Evaluation(totalNats + other.totalNats, byteCount + other.byteCount);
  }
}
