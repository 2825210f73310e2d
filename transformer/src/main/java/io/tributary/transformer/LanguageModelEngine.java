package io.tributary.transformer;

import io.tributary.common.model.TextModelConfig;

/**
 * What training, evaluation and generation need from a numerical engine: logits of a batch, and
 * loss with gradient, for parameters given as one flat vector.
 *
 * <p>The engine keeps no model: parameters come with each call, in the order of {@link
 * TextModelConfig#layout()}. Engines hold native memory and belong to one thread; {@link #close}
 * frees it.
 */
public interface LanguageModelEngine extends AutoCloseable {

  /** Sizes of the model. */
  TextModelConfig config();

  /** Number of sequences in every batch it takes. */
  int batchSize();

  /**
   * The training loss of a batch and its derivative: mean cross-entropy over the batch's targets,
   * plus what the model itself adds (the load balance of experts).
   *
   * @param parameters flat vector of all parameters, unchanged
   * @param batch of {@link TokenBatch#of} for this model and {@link #batchSize()} sequences
   * @param gradient overwritten with the derivative by each trainable parameter; what frozen ones
   *     find there, they leave
   * @return nats per target, averaged over the batch's targets, plus what the model adds
   */
  double lossAndGradient(float[] parameters, TokenBatch batch, float[] gradient);

  /**
   * Unnormalised log-probabilities of the answers.
   *
   * @param parameters flat vector of all parameters, unchanged
   * @param batch of the same shape; targets are not read
   * @return (slots, V) values in row-major order, or (B, classes) of a classifier, valid until the
   *     next call
   */
  float[] logits(float[] parameters, TokenBatch batch);

  @Override
  void close();

  /** Opens engines; tests put another in place of the default one. */
  interface Factory {
    /**
     * Opens an engine.
     *
     * @param forTraining whether gradients will be asked for
     */
    LanguageModelEngine open(TextModelConfig config, int batchSize, boolean forTraining);
  }
}
