package io.tributary.common.model;

import io.tributary.common.random.CounterRandom;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;

/**
 * Makes a model's first weights from its layout and a seed, with the same bits on every JVM. The
 * coordinator uses it, so that it needs no tensor library, and takes them piece by piece, so that
 * its memory does not depend on the model.
 */
public final class InitialWeights implements WeightStream {
  private final Layout layout;
  private final long seed;
  private int tensor;
  private long at;
  private CounterRandom random; // of the tensor that is under way

  /** Begins at the first value. */
  public InitialWeights(Layout layout, long seed) {
    this.layout = layout;
    this.seed = seed;
  }

  /**
   * Creates the weights. Each tensor draws from its own stream, named by the tensor, so that adding
   * a tensor to a model does not change the others.
   *
   * @return a new flat vector in layout order
   */
  public static float[] create(Layout layout, long seed) {
    float[] weights = new float[layout.parameterCount()];
    new InitialWeights(layout, seed).next(weights, weights.length);
    return weights;
  }

  @Override
  public long remaining() {
    return layout.parameterCount() - at;
  }

  @Override
  public void next(float[] values, int length) {
    if (length > remaining()) {
      throw new IllegalArgumentException(
          length + " values are wanted but only " + remaining() + " are left");
    }
    for (int done = 0; done < length; ) {
      TensorSpec current = layout.tensors().get(tensor);
      int count = (int) Math.min(length - done, current.end() - at);
      fill(current, values, done, done + count);
      done += count;
      at += count;
      if (at == current.end()) {
        tensor++;
        random = null;
      }
    }
  }

  private void fill(TensorSpec current, float[] values, int from, int to) {
    if (current.initializer() instanceof Initializer.Ones) {
      Arrays.fill(values, from, to, 1f);
    } else if (current.initializer() instanceof Initializer.Normal normal) {
      if (random == null) {
        random = new CounterRandom(seed, current.name());
      }
      for (int i = from; i < to; i++) {
        values[i] = (float) (normal.standardDeviation() * random.nextGaussian());
      }
    } else {
      Arrays.fill(values, from, to, 0f);
    }
  }
}
