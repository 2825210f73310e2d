package io.tributary.transformer.samediff;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Where an attention finds the keys and values of all positions that it may see. In training and
 * whole-context runs they are the ones just computed; in decoding they are those of earlier steps
 * and the new ones behind them.
 */
interface KeyMemory {
  /** All positions are new ones. */
  KeyMemory NONE =
      new KeyMemory() {
        @Override
        public SDVariable heads(String name, SDVariable fresh, int heads, int width) {
          return fresh;
        }

        @Override
        public SDVariable rows(String name, SDVariable fresh, int width) {
          return fresh;
        }
      };

  /**
   * Keys or values by head.
   *
   * @param name unique among the model's memories
   * @param fresh (B, K, t, w) of the new positions
   * @return (B, K, L, w) of all positions
   */
  SDVariable heads(String name, SDVariable fresh, int heads, int width);

  /**
   * What keys and values are made from.
   *
   * @param name unique among the model's memories
   * @param fresh (B·t, w) of the new positions
   * @return (B·L, w) of all positions
   */
  SDVariable rows(String name, SDVariable fresh, int width);
}
