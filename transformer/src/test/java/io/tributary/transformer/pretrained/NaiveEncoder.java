package io.tributary.transformer.pretrained;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * BERT's forward pass as the paper writes it, in plain double loops over our flat vector: the
 * oracle of imports, which knows nothing of any engine.
 */
final class NaiveEncoder {
  private final TransformerConfig config;
  private final Layout layout;
  private final float[] weights;
  private final Map<String, Integer> offsets = new HashMap<>();

  NaiveEncoder(TransformerConfig config, float[] weights) {
    this.config = config;
    this.layout = config.layout();
    this.weights = weights;
  }

  /** The last layer's vectors, (tokens, d). */
  double[][] hidden(int[] ids) {
    int width = config.width();
    double[][] x = new double[ids.length][width];
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < width; i++) {
        x[t][i] =
            at(ModelTensors.TOKEN_EMBEDDING, ids[t] * width + i)
                + at(ModelTensors.POSITION_EMBEDDING, t * width + i);
      }
    }
    x = norm(x, ModelTensors.EMBEDDING_NORM);
    for (int layer = 0; layer < config.layers(); layer++) {
      BlockTensors names = ModelTensors.layer(layer);
      double[][] attended = linear(attention(x, names), names.attentionOutput());
      x = norm(sum(x, attended), names.attentionNorm());
      double[][] inner = linear(x, names.feedForwardInput());
      for (double[] row : inner) {
        for (int i = 0; i < row.length; i++) {
          row[i] = row[i] * 0.5 * (1 + erf(row[i] / Math.sqrt(2)));
        }
      }
      x = norm(sum(x, linear(inner, names.feedForwardOutput())), names.feedForwardNorm());
    }
    return x;
  }

  /** The mean of all vectors, divided by its length. */
  double[] embedding(int[] ids) {
    double[] mean = new double[config.width()];
    for (double[] row : hidden(ids)) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i] / ids.length;
      }
    }
    double square = 0;
    for (double value : mean) {
      square += value * value;
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= Math.sqrt(square);
    }
    return mean;
  }

  private double[][] attention(double[][] x, BlockTensors names) {
    int width = config.width();
    int size = config.headWidth();
    double[][] qkv = linear(x, names.attentionInput());
    double[][] joined = new double[x.length][width];
    for (int head = 0; head < config.heads(); head++) {
      for (int query = 0; query < x.length; query++) {
        double[] scores = new double[x.length];
        double total = 0;
        for (int key = 0; key < x.length; key++) {
          double dot = 0;
          for (int i = 0; i < size; i++) {
            dot += qkv[query][head * size + i] * qkv[key][width + head * size + i];
          }
          scores[key] = Math.exp(dot / Math.sqrt(size));
          total += scores[key];
        }
        for (int key = 0; key < x.length; key++) {
          for (int i = 0; i < size; i++) {
            joined[query][head * size + i] +=
                scores[key] / total * qkv[key][2 * width + head * size + i];
          }
        }
      }
    }
    return joined;
  }

  private double[][] linear(double[][] x, String name) {
    TensorSpec matrix = layout.tensor(ModelTensors.weight(name));
    int out = matrix.shape().get(1);
    double[][] y = new double[x.length][out];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < out; o++) {
        y[t][o] = at(ModelTensors.bias(name), o);
      }
      for (int i = 0; i < x[t].length; i++) {
        int row = (int) matrix.offset() + i * out;
        for (int o = 0; o < out; o++) {
          y[t][o] += x[t][i] * weights[row + o];
        }
      }
    }
    return y;
  }

  private double[][] norm(double[][] x, String name) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      int width = x[t].length;
      double mean = 0;
      for (double value : x[t]) {
        mean += value / width;
      }
      double variance = 0;
      for (double value : x[t]) {
        variance += (value - mean) * (value - mean) / width;
      }
      y[t] = new double[width];
      double scale = 1 / Math.sqrt(variance + config.norm().epsilon());
      for (int i = 0; i < width; i++) {
        y[t][i] =
            (x[t][i] - mean) * scale * at(ModelTensors.gain(name), i)
                + at(ModelTensors.bias(name), i);
      }
    }
    return y;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        sum[t][i] = a[t][i] + b[t][i];
      }
    }
    return sum;
  }

  private double at(String tensor, int index) {
    return weights[
        offsets.computeIfAbsent(tensor, name -> (int) layout.tensor(name).offset()) + index];
  }

  /** By its Taylor series: to 1e-6 up to 5, where cancellation is worst, and 1 to 1e-12 beyond. */
  static double erf(double x) {
    if (Math.abs(x) > 5) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 120; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
