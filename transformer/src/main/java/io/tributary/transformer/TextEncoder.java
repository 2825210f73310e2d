package io.tributary.transformer;

/**
 * Makes one vector of a text: a classifier without its last layer. For {@link FrozenFeatures},
 * while training leaves everything but that layer as it is.
 *
 * <p>Belongs to one thread; {@link #close} frees what it holds.
 */
public interface TextEncoder extends AutoCloseable {
  /**
   * Takes weights for the texts to come.
   *
   * @param parameters flat vector of all parameters; must stay as it is until the next call
   */
  void load(float[] parameters);

  /**
   * A text's vector, which depends on the loaded weights and its tokens alone: not on the rest of
   * the batch, nor on its place in it.
   *
   * @param batch of the model's context length
   * @param sequence which of its texts
   * @return d values, the caller's
   */
  float[] encode(TokenBatch batch, int sequence);

  @Override
  void close();
}
