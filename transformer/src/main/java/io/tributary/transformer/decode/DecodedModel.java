package io.tributary.transformer.decode;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;

/**
 * A model as it is decoded from: adapters added into the matrices that they adapt, and no token
 * dropped by a full expert, because what a text becomes must not depend on what else is in a batch.
 */
public final class DecodedModel {
  private final ModelConfig config;
  private final float[] parameters;

  private DecodedModel(ModelConfig config, float[] parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  /** Prepares a model. */
  public static DecodedModel of(ModelConfig config, float[] parameters) {
    ModelParameters.requireGenerative(config);
    ModelParameters.requireCount(config, parameters);
    if (!(config instanceof TransformerConfig transformer)) {
      return new DecodedModel(config, parameters.clone());
    }
    TransformerConfig plain = transformer.edit().tuning(TuningRules.FULL).build();
    FeedForwardRules rules = plain.feedForward();
    if (rules.capacityFactor() != null) {
      FeedForwardRules dropless = FeedForwardRules.experts(rules.experts(), rules.topK());
      plain = plain.edit().feedForward(dropless).build();
    }
    return new DecodedModel(plain, merged(transformer, parameters, plain.layout()));
  }

  /** The model without adapters and capacity. */
  public ModelConfig config() {
    return config;
  }

  /** Its parameters in layout order; not to be changed. */
  public float[] parameters() {
    return parameters;
  }

  private static float[] merged(TransformerConfig config, float[] parameters, Layout plain) {
    Layout layout = config.layout();
    float[] merged = new float[plain.parameterCount()];
    for (TensorSpec tensor : plain.tensors()) {
      int to = (int) tensor.offset();
      int from = (int) layout.tensor(tensor.name()).offset();
      System.arraycopy(parameters, from, merged, to, tensor.size());
      String linear = linearOf(tensor.name());
      if (layout.find(ModelTensors.loraDown(linear)).isPresent()) {
        TensorSpec down = layout.tensor(ModelTensors.loraDown(linear));
        TensorSpec up = layout.tensor(ModelTensors.loraUp(linear));
        double scale = (double) config.tuning().alpha() / config.tuning().rank();
        addProduct(parameters, down, up, scale, merged, to);
      }
    }
    return merged;
  }

  /** Name of the linear layer whose matrix this is; another tensor's is no layer's. */
  private static String linearOf(String tensor) {
    String suffix = ModelTensors.weight("");
    return tensor.endsWith(suffix)
        ? tensor.substring(0, tensor.length() - suffix.length())
        : tensor;
  }

  /** Adds {@code scale · down · up}, (in, r) · (r, out), to a matrix. */
  private static void addProduct(
      float[] parameters, TensorSpec down, TensorSpec up, double scale, float[] merged, int to) {
    int in = down.shape().get(0);
    int rank = down.shape().get(1);
    int out = up.shape().get(1);
    double[] row = new double[out];
    for (int i = 0; i < in; i++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < rank; k++) {
        double factor = scale * parameters[(int) down.offset() + i * rank + k];
        int from = (int) up.offset() + k * out;
        for (int j = 0; j < out; j++) {
          row[j] += factor * parameters[from + j];
        }
      }
      for (int j = 0; j < out; j++) {
        merged[to + i * out + j] += (float) row[j];
      }
    }
  }
}
