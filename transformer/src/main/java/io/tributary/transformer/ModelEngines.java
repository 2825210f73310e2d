package io.tributary.transformer;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.recurrent.RecurrentEngine;
import io.tributary.transformer.samediff.SameDiffEngine;
import io.tributary.transformer.samediff.SameDiffTextEncoder;

/** Opens the engine of any model: the default {@link LanguageModelEngine.Factory}. */
public final class ModelEngines {
  private ModelEngines() {}

  /**
   * Opens an engine; it belongs to the calling thread.
   *
   * @param batchSize sequences of every batch
   * @param forTraining whether gradients will be asked for
   */
  public static LanguageModelEngine open(
      TextModelConfig config, int batchSize, boolean forTraining) {
    return config instanceof RecurrentConfig recurrent
        ? RecurrentEngine.open(recurrent, batchSize, forTraining)
        : SameDiffEngine.open(config, batchSize, forTraining);
  }

  /**
   * Opens the encoder of a classifier without its last layer; it belongs to the calling thread.
   *
   * @throws IllegalArgumentException if the model is no transformer with a classifier
   */
  static TextEncoder openEncoder(TextModelConfig config) {
    if (config instanceof TransformerConfig transformer
        && config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      return new SameDiffTextEncoder(transformer);
    }
    throw new IllegalArgumentException("the model is no transformer with a classifier: " + config);
  }
}
