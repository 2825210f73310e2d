package io.tributary.coordinator.round;

/**
 * A loss on held-out bytes as a sum, so that the losses of sites add up to the loss on their union.
 *
 * @param natsTotal sum over bytes of −ln p(byte), at least 0
 * @param byteCount number of bytes predicted, at least 1
 */
public record HeldOutLoss(double natsTotal, long byteCount) {
  /**
   * Above this a report is no measurement: a byte cannot cost more than −ln of the least double.
   */
  public static final double MAX_NATS_PER_BYTE = 1000;

  /** Most held-out bytes of one site; keeps sums over sites far from overflow. */
  public static final long MAX_BYTE_COUNT = 1L << 48;

  /** Checks that it can be a measurement, so that one lying site cannot poison the sum. */
  public HeldOutLoss {
    if (byteCount < 1 || byteCount > MAX_BYTE_COUNT) {
      throw new IllegalArgumentException(
          "byte_count is " + byteCount + ": it must be between 1 and " + MAX_BYTE_COUNT);
    }
    if (!(natsTotal >= 0) || natsTotal / byteCount > MAX_NATS_PER_BYTE) {
      throw new IllegalArgumentException(
          "nats_total is "
              + natsTotal
              + " over "
              + byteCount
              + " bytes: it must be between 0 and "
              + MAX_NATS_PER_BYTE
              + " a byte");
    }
  }

  /** The loss of one byte. */
  public double natsPerByte() {
    return natsTotal / byteCount;
  }
}
