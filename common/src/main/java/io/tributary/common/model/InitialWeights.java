package io.tributary.common.model;

import io.tributary.common.random.CounterRandom;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;

/**
 * Makes a model's first weights from its layout and a seed, with the same bits on every JVM. The
 * coordinator uses it, so that it needs no tensor library.
 */
public final class InitialWeights {
  private InitialWeights() {}

  /**
   * Creates the weights. Each tensor draws from its own stream, named by the tensor, so that adding
   * a tensor to a model does not change the others.
   *
   * @return a new flat vector in layout order
   */
  public static float[] create(Layout layout, long seed) {
    float[] weights = new float[layout.parameterCount()];
    for (TensorSpec tensor : layout.tensors()) {
      int from = (int) tensor.offset();
      int to = (int) tensor.end();
      if (tensor.initializer() instanceof Initializer.Ones) {
        Arrays.fill(weights, from, to, 1f);
      } else if (tensor.initializer() instanceof Initializer.Normal normal) {
        CounterRandom random = new CounterRandom(seed, tensor.name());
        for (int i = from; i < to; i++) {
          weights[i] = (float) (normal.standardDeviation() * random.nextGaussian());
        }
      }
    }
    return weights;
  }
}
