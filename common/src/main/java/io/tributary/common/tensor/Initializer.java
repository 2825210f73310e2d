package io.tributary.common.tensor;

/**
 * How a tensor's first values are made. Declarative, so that the coordinator can create a model's
 * initial weights from a layout and a seed without any tensor library.
 */
public sealed interface Initializer {

  /** All values are 0: biases, and adapters that must start as the identity. */
  record Zeros() implements Initializer {}

  /** All values are 1: gains of norms. */
  record Ones() implements Initializer {}

  /**
   * Independent normal values with mean 0.
   *
   * @param standardDeviation positive and finite
   */
  record Normal(double standardDeviation) implements Initializer {
    /** Checks that the deviation is positive and finite. */
    public Normal {
      if (!(standardDeviation > 0) || Double.isInfinite(standardDeviation)) {
        throw new IllegalArgumentException(
            "standardDeviation is "
                + standardDeviation
                + ": it must be positive and finite; use Zeros for a tensor of zeros");
      }
    }
  }
}
