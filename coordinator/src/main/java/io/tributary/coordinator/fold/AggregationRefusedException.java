package io.tributary.coordinator.fold;

/** A rule does not apply to the updates that came; the message says why, with the numbers. */
public final class AggregationRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one. */
  public AggregationRefusedException(String message) {
    super(message);
  }
}
