package io.tributary.common.model;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;

/**
 * Adds adapters into the matrices they stand beside (Hu et al., LoRA, 2021, section 4.1): {@code W
 * + (alpha ÷ rank) · down · up}. The merged model answers as the one with adapters did, and is
 * trained whole by whoever goes on.
 */
public final class LoraMerge {
  private LoraMerge() {}

  /** The configuration without adapters. */
  public static TransformerConfig merged(TransformerConfig config) {
    if (config.tuning().kind() != TuningRules.Kind.LORA) {
      throw new IllegalArgumentException(
          "model.tuning.kind is " + config.tuning().kind() + ": only lora has adapters to merge");
    }
    return config.edit().tuning(TuningRules.FULL).build();
  }

  /**
   * The weights without adapters.
   *
   * @param parameters flat vector in the layout of {@code config}, unchanged
   * @return flat vector in the layout of {@link #merged}
   */
  public static float[] merge(TransformerConfig config, float[] parameters) {
    Layout from = config.layout();
    Layout to = merged(config).layout();
    if (parameters.length != from.parameterCount()) {
      throw new IllegalArgumentException(
          "parameters have "
              + parameters.length
              + " values but the model has "
              + from.parameterCount());
    }
    float[] merged = new float[to.parameterCount()];
    for (TensorSpec tensor : to.tensors()) {
      int source = (int) from.tensor(tensor.name()).offset();
      System.arraycopy(parameters, source, merged, (int) tensor.offset(), tensor.size());
      String linear = tensor.name().replaceAll("\\.weight$", "");
      if (from.find(ModelTensors.loraDown(linear)).isPresent()) {
        double scale = config.tuning().alpha() / config.tuning().rank();
        TensorSpec down = from.tensor(ModelTensors.loraDown(linear));
        TensorSpec up = from.tensor(ModelTensors.loraUp(linear));
        add(parameters, down, up, scale, merged, (int) tensor.offset());
      }
    }
    return merged;
  }

  private static void add(
      float[] p, TensorSpec down, TensorSpec up, double scale, float[] target, int offset) {
    int rows = down.shape().get(0);
    int rank = down.shape().get(1);
    int columns = up.shape().get(1);
    double[] sum = new double[columns];
    for (int row = 0; row < rows; row++) {
      java.util.Arrays.fill(sum, 0);
      for (int r = 0; r < rank; r++) {
        double weight = scale * p[(int) down.offset() + row * rank + r];
        int from = (int) up.offset() + r * columns;
        for (int column = 0; column < columns; column++) {
          sum[column] += weight * p[from + column];
        }
      }
      for (int column = 0; column < columns; column++) {
        int at = offset + row * columns + column;
        target[at] = (float) (target[at] + sum[column]);
      }
    }
  }
}
