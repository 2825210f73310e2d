package io.tributary.common.model;

import java.io.IOException;

/** A model's first weights, piece by piece, so that memory does not depend on the model. */
public interface WeightStream {
  /** How many values are left. */
  long remaining();

  /**
   * Writes the next values.
   *
   * @param values gets them in its first {@code length} elements
   * @param length at most {@link #remaining}
   */
  void next(float[] values, int length) throws IOException;
}
