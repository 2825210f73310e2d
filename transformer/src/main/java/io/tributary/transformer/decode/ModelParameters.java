package io.tributary.transformer.decode;

import io.tributary.common.model.TransformerConfig;

/** The check that a flat vector of parameters belongs to a model. */
public final class ModelParameters {
  private ModelParameters() {}

  /** Fails unless there are as many values as the model's layout has. */
  public static void requireCount(TransformerConfig config, float[] parameters) {
    int expected = config.layout().parameterCount();
    if (parameters.length != expected) {
      throw new IllegalArgumentException(
          "parameters have " + parameters.length + " values but the model has " + expected);
    }
  }
}
