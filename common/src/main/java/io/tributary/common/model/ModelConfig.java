package io.tributary.common.model;

import io.tributary.common.tensor.Layout;

/**
 * What a model is: everything that decides names, shapes, order and first values of its parameters.
 * The coordinator needs no more of it; only sites know how to compute it.
 */
public sealed interface ModelConfig permits TextModelConfig, ExternalConfig {
  /** Names, shapes, order and initial values of all parameters. */
  Layout layout();
}
