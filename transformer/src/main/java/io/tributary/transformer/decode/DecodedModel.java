package io.tributary.transformer.decode;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;

/**
 * A model as it is decoded from: adapters added into the matrices that they adapt, and no token
 * dropped by a full expert, because what a text becomes must not depend on what else is in a batch.
 */
public final class DecodedModel {
  private final TextModelConfig config;
  private final float[] parameters;

  private DecodedModel(TextModelConfig config, float[] parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  /** Prepares a model. */
  public static DecodedModel of(TextModelConfig config, float[] parameters) {
    ModelParameters.requireGenerative(config);
    ModelParameters.requireCount(config, parameters);
    if (!(config instanceof TransformerConfig transformer)) {
      return new DecodedModel(config, parameters.clone());
    }
    boolean adapted = transformer.tuning().kind() == TuningRules.Kind.LORA;
    TransformerConfig plain = adapted ? LoraMerge.merged(transformer) : transformer;
    FeedForwardRules rules = plain.feedForward();
    if (rules.capacityFactor() != null) {
      FeedForwardRules dropless = FeedForwardRules.experts(rules.experts(), rules.topK());
      plain = plain.edit().feedForward(dropless).build();
    }
    return new DecodedModel(
        plain, adapted ? LoraMerge.merge(transformer, parameters) : parameters.clone());
  }

  /** The model without adapters and capacity. */
  public TextModelConfig config() {
    return config;
  }

  /** Its parameters in layout order; not to be changed. */
  public float[] parameters() {
    return parameters;
  }
}
