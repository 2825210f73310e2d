package io.tributary.transformer;

import io.tributary.common.model.TransformerConfig;

/**
 * What training, evaluation and generation need from a numerical engine: logits of a batch, and
 * loss with gradient, for parameters given as one flat vector.
 *
 * <p>The engine keeps no model: parameters come with each call, in the order of {@link
 * TransformerConfig#layout()}. Engines hold native memory and belong to one thread; {@link #close}
 * frees it.
 */
public interface LanguageModelEngine extends AutoCloseable {

  /** Sizes of the model. */
  TransformerConfig config();

  /** Number of sequences in every batch it takes. */
  int batchSize();

  /**
   * Mean cross-entropy of a batch and its derivative.
   *
   * @param parameters flat vector of all parameters, unchanged
   * @param batch tokens of {@link #batchSize()} sequences
   * @param gradient overwritten with the derivative by each parameter
   * @return nats per target, averaged over the batch's targets
   */
  double lossAndGradient(float[] parameters, TokenBatch batch, float[] gradient);

  /**
   * Unnormalised log-probabilities of the next token at each position.
   *
   * @param parameters flat vector of all parameters, unchanged
   * @param batch tokens; targets are not read
   * @return (B · T · V) values in row-major order, valid until the next call
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
    LanguageModelEngine open(TransformerConfig config, int batchSize, boolean forTraining);
  }
}
