package io.tributary.transformer.decode;

import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.ModelEngines;
import io.tributary.transformer.samediff.SameDiffDecoder;

/** The engines that there are. */
public final class DecodingEngines {
  private DecodingEngines() {}

  /**
   * Keeps keys and values of past positions, where the model has such; other models are computed
   * anew at every step.
   */
  public static DecodingEngine.Factory cached() {
    return (config, parameters, sequences) ->
        config instanceof TransformerConfig transformer
            ? new SameDiffDecoder(transformer, parameters, sequences)
            : uncached().open(config, parameters, sequences);
  }

  /** Every step computes the whole context anew. */
  public static DecodingEngine.Factory uncached() {
    return (config, parameters, sequences) ->
        new UncachedDecoder(config, parameters, sequences, ModelEngines::open);
  }
}
