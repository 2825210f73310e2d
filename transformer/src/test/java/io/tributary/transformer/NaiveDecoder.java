package io.tributary.transformer;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * The oracle: the same model written as plain loops over {@code double}, with gradients by central
 * differences. It shares no code with the engine but the layout.
 */
public final class NaiveDecoder {
  private static final double DIFFERENCE = 1e-5;

  private final TransformerConfig config;
  private final Map<String, Integer> offsets = new HashMap<>();

  public NaiveDecoder(TransformerConfig config) {
    this.config = config;
    for (TensorSpec tensor : config.layout().tensors()) {
      offsets.put(tensor.name(), (int) tensor.offset());
    }
  }

  /** Logits of one sequence, (T, V). */
  public double[][] logits(double[] p, int[] tokens) {
    int d = config.width();
    double[][] x = new double[tokens.length][d];
    for (int t = 0; t < tokens.length; t++) {
      for (int i = 0; i < d; i++) {
        x[t][i] =
            p[at(ModelTensors.TOKEN_EMBEDDING) + tokens[t] * d + i]
                + p[at(ModelTensors.POSITION_EMBEDDING) + t * d + i];
      }
    }
    for (int l = 0; l < config.layers(); l++) {
      double[][] n =
          norm(
              p,
              x,
              ModelTensors.gain(ModelTensors.layer(l).attentionNorm()),
              ModelTensors.bias(ModelTensors.layer(l).attentionNorm()));
      double[][] qkv =
          linear(
              p,
              n,
              ModelTensors.weight(ModelTensors.layer(l).attentionInput()),
              ModelTensors.bias(ModelTensors.layer(l).attentionInput()),
              3 * d);
      double[][] o =
          linear(
              p,
              attend(qkv),
              ModelTensors.weight(ModelTensors.layer(l).attentionOutput()),
              ModelTensors.bias(ModelTensors.layer(l).attentionOutput()),
              d);
      x = sum(x, o);
      n =
          norm(
              p,
              x,
              ModelTensors.gain(ModelTensors.layer(l).feedForwardNorm()),
              ModelTensors.bias(ModelTensors.layer(l).feedForwardNorm()));
      double[][] h =
          linear(
              p,
              n,
              ModelTensors.weight(ModelTensors.layer(l).feedForwardInput()),
              ModelTensors.bias(ModelTensors.layer(l).feedForwardInput()),
              config.feedForwardWidth());
      for (double[] row : h) {
        for (int i = 0; i < row.length; i++) {
          double v = row[i];
          row[i] = 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
        }
      }
      x =
          sum(
              x,
              linear(
                  p,
                  h,
                  ModelTensors.weight(ModelTensors.layer(l).feedForwardOutput()),
                  ModelTensors.bias(ModelTensors.layer(l).feedForwardOutput()),
                  d));
    }
    x =
        norm(
            p,
            x,
            ModelTensors.gain(ModelTensors.FINAL_NORM),
            ModelTensors.bias(ModelTensors.FINAL_NORM));
    double[][] logits = new double[tokens.length][config.vocabularySize()];
    int head = at(ModelTensors.TOKEN_EMBEDDING);
    for (int t = 0; t < tokens.length; t++) {
      for (int v = 0; v < config.vocabularySize(); v++) {
        for (int i = 0; i < d; i++) {
          logits[t][v] += x[t][i] * p[head + v * d + i];
        }
      }
    }
    return logits;
  }

  /** Mean nats over the batch's targets. */
  public double loss(double[] p, TokenBatch batch) {
    double total = 0;
    int count = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      int[] tokens = new int[batch.length()];
      for (int t = 0; t < tokens.length; t++) {
        tokens[t] = batch.input(s * batch.length() + t);
      }
      double[][] logits = logits(p, tokens);
      for (int t = 0; t < tokens.length; t++) {
        int target = batch.target(s * batch.length() + t);
        if (target != TokenBatch.NO_TARGET) {
          double sum = 0;
          for (double logit : logits[t]) {
            sum += Math.exp(logit);
          }
          total += Math.log(sum) - logits[t][target];
          count++;
        }
      }
    }
    return total / count;
  }

  /** Derivative of {@link #loss} by each parameter, by central differences. */
  public double[] gradient(double[] p, TokenBatch batch) {
    double[] moved = p.clone();
    double[] gradient = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      moved[i] = p[i] + DIFFERENCE;
      double above = loss(moved, batch);
      moved[i] = p[i] - DIFFERENCE;
      double below = loss(moved, batch);
      moved[i] = p[i];
      gradient[i] = (above - below) / (2 * DIFFERENCE);
    }
    return gradient;
  }

  private int at(String tensor) {
    return offsets.get(tensor);
  }

  private double[][] norm(double[] p, double[][] x, String gain, String bias) {
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      int d = x[t].length;
      double mean = 0;
      for (double v : x[t]) {
        mean += v / d;
      }
      double variance = 0;
      for (double v : x[t]) {
        variance += (v - mean) * (v - mean) / d;
      }
      out[t] = new double[d];
      for (int i = 0; i < d; i++) {
        out[t][i] =
            (x[t][i] - mean) / Math.sqrt(variance + 1e-5) * p[at(gain) + i] + p[at(bias) + i];
      }
    }
    return out;
  }

  private double[][] linear(double[] p, double[][] x, String weight, String bias, int columns) {
    double[][] out = new double[x.length][columns];
    int w = at(weight);
    int b = at(bias);
    for (int t = 0; t < x.length; t++) {
      for (int j = 0; j < columns; j++) {
        out[t][j] = p[b + j];
        for (int i = 0; i < x[t].length; i++) {
          out[t][j] += x[t][i] * p[w + i * columns + j];
        }
      }
    }
    return out;
  }

  private double[][] attend(double[][] qkv) {
    int d = config.width();
    int size = config.headWidth();
    double[][] out = new double[qkv.length][d];
    for (int h = 0; h < config.heads(); h++) {
      for (int t = 0; t < qkv.length; t++) {
        double[] weights = new double[t + 1];
        double total = 0;
        for (int u = 0; u <= t; u++) {
          double score = 0;
          for (int i = 0; i < size; i++) {
            score += qkv[t][h * size + i] * qkv[u][d + h * size + i];
          }
          weights[u] = Math.exp(score / Math.sqrt(size));
          total += weights[u];
        }
        for (int u = 0; u <= t; u++) {
          for (int i = 0; i < size; i++) {
            out[t][h * size + i] += weights[u] / total * qkv[u][2 * d + h * size + i];
          }
        }
      }
    }
    return out;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] out = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        out[t][i] = a[t][i] + b[t][i];
      }
    }
    return out;
  }
}
