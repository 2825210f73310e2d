package io.tributary.transformer.decode;

import io.tributary.transformer.samediff.SameDiffEngine;

/** The engines that there are. */
public final class DecodingEngines {
  private DecodingEngines() {}

  /** Every step computes the whole context anew. */
  public static DecodingEngine.Factory uncached() {
    return (config, parameters, sequences) ->
        new UncachedDecoder(config, parameters, sequences, SameDiffEngine::open);
  }
}
