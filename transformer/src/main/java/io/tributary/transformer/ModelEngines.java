package io.tributary.transformer;

import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.recurrent.RecurrentEngine;
import io.tributary.transformer.samediff.SameDiffEngine;

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
}
