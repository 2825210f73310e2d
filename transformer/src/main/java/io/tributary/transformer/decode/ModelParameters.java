package io.tributary.transformer.decode;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;

/** The checks that a model can be decoded from, and that its parameters belong to it. */
public final class ModelParameters {
  private ModelParameters() {}

  /** Fails unless there are as many values as the model's layout has. */
  public static void requireCount(TextModelConfig config, float[] parameters) {
    int expected = config.layout().parameterCount();
    if (parameters.length != expected) {
      throw new IllegalArgumentException(
          "parameters have " + parameters.length + " values but the model has " + expected);
    }
  }

  /** Fails for a model that has no source to read. */
  public static void requireEncoder(TextModelConfig config) {
    if (config.stack() != Stack.ENCODER_DECODER) {
      throw new IllegalArgumentException(
          "model.stack is " + config.stack() + ": only an encoder-decoder has a source");
    }
  }

  /** Fails for a model that does not predict next tokens. */
  public static void requireGenerative(TextModelConfig config) {
    if (config.stack() == Stack.ENCODER || config.head().kind() != HeadRules.Kind.CAUSAL_LM) {
      throw new IllegalArgumentException(
          "the model cannot generate text: its stack is "
              + config.stack()
              + " and its head "
              + config.head().kind()
              + ", but only stack decoder or encoder-decoder with head causal-lm predicts next"
              + " tokens");
    }
  }
}
