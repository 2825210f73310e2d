package io.tributary.transformer.decode;

import io.tributary.common.model.TextModelConfig;

/**
 * What text generation needs from a numerical engine: B sequences that grow by a token at a time,
 * and the logits of each one's next token.
 *
 * <p>An engine is opened for a model, its parameters and B; whether it keeps keys and values of
 * past positions or computes them anew at each step is its own affair: the logits are the same up
 * to rounding. Engines hold native memory and belong to one thread; {@link #close} frees it.
 *
 * <h2>When the context is full</h2>
 *
 * A model sees at most T = {@link #contextLength} tokens. A prompt longer than that is cut to its
 * last T. When a sequence holds T tokens and another one comes, its context is started afresh from
 * its last max(1, T/2) tokens, the new one among them, at position 0. A window that slides by one
 * would change every position at every step, so that nothing kept of the past could be used; by
 * this rule cached and uncached engines see the same context at every step.
 *
 * <h2>Encoder–decoder models</h2>
 *
 * {@link #encode} reads the sources once, at most the first T tokens of each; the sequences that
 * grow are the decoder's.
 */
public interface DecodingEngine extends AutoCloseable {
  /** In place of a token: the sequence stays as it is, and its row of logits means nothing. */
  int IDLE = -1;

  /** B. */
  int sequences();

  /** V. */
  int vocabularySize();

  /** T: most tokens of a sequence that the model sees. */
  int contextLength();

  /**
   * Gives the encoder of an encoder–decoder its sources; comes before {@link #prefill}.
   *
   * @param sources B sources of one or more tokens each, every one of its own length
   * @throws IllegalArgumentException if the model has no encoder, a source is empty or a token is
   *     outside of the vocabulary
   */
  void encode(int[][] sources);

  /**
   * Starts all sequences with new prompts and forgets the old ones.
   *
   * @param prompts B prompts of one or more tokens each, every one of its own length
   * @return logits of each sequence's next token, (B · V) in row-major order, valid until the next
   *     call
   * @throws IllegalArgumentException if a prompt is empty or a token is outside of the vocabulary
   */
  float[] prefill(int[][] prompts);

  /**
   * Appends a token to each sequence.
   *
   * @param tokens B tokens, or {@link #IDLE}
   * @return logits of each sequence's next token, (B · V) in row-major order, valid until the next
   *     call
   * @throws IllegalArgumentException if a token is outside of the vocabulary
   */
  float[] step(int[] tokens);

  /**
   * Replaces sequences by copies of others, for beam search: afterwards sequence i is what sequence
   * {@code parents[i]} was, its source included.
   *
   * @param parents B indices of sequences
   */
  void reorder(int[] parents);

  /** Memory that is kept for past positions; 0 for an engine that keeps none. */
  long cacheBytes();

  @Override
  void close();

  /** Opens engines; tests put a hand-made model in place of the default ones. */
  interface Factory {
    /**
     * Opens an engine.
     *
     * @param parameters flat vector of all parameters, in the order of the model's layout; copied
     * @param sequences B, at least 1
     */
    DecodingEngine open(TextModelConfig config, float[] parameters, int sequences);
  }
}
