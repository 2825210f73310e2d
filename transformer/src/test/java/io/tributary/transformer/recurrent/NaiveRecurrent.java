package io.tributary.transformer.recurrent;

import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TokenBatch;
import java.util.Arrays;

/**
 * The oracle: LSTM and GRU token by token in plain double loops, written from the papers'
 * equations, reading each tensor by its name.
 */
final class NaiveRecurrent {
  private final RecurrentConfig config;
  private final Layout layout;

  NaiveRecurrent(RecurrentConfig config) {
    this.config = config;
    this.layout = config.layout();
  }

  /** Logits of every row, (B · T, V). */
  double[][] logits(double[] p, TokenBatch batch) {
    double[][] rows = new double[batch.rows()][];
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      double[][] h = new double[config.layers()][config.width()];
      double[][] c = new double[config.layers()][config.width()];
      for (int t = 0; t < batch.length(); t++) {
        int row = sequence * batch.length() + t;
        double[] x = new double[config.embeddingWidth()];
        for (int i = 0; i < x.length; i++) {
          x[i] = at(p, "token.embedding", i, batch.input(row));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
          x = step(p, "layer." + layer, x, h, c, layer);
        }
        rows[row] = new double[config.vocabularySize()];
        for (int v = 0; v < rows[row].length; v++) {
          rows[row][v] = value(p, "head.bias", v);
          for (int i = 0; i < x.length; i++) {
            rows[row][v] += at(p, "head.weight", v, i) * x[i];
          }
        }
      }
    }
    return rows;
  }

  /** Mean cross-entropy over the targets. */
  double loss(double[] p, TokenBatch batch) {
    double[][] logits = logits(p, batch);
    double total = 0;
    int targets = 0;
    for (int row = 0; row < logits.length; row++) {
      if (batch.target(row) != TokenBatch.NO_TARGET) {
        double sum = 0;
        for (double logit : logits[row]) {
          sum += Math.exp(logit);
        }
        total += Math.log(sum) - logits[row][batch.target(row)];
        targets++;
      }
    }
    return total / targets;
  }

  private double[] step(double[] p, String name, double[] x, double[][] h, double[][] c, int at) {
    double[] before = h[at];
    int width = config.width();
    double[] after = new double[width];
    if (config.cell() == RecurrentConfig.Cell.LSTM) {
      double[] candidate = gate(p, name, x, before, 0, "candidate", true);
      double[] forget = gate(p, name, x, before, 1, "forget", false);
      double[] output = gate(p, name, x, before, 2, "output", false);
      double[] input = gate(p, name, x, before, 3, "input", false);
      for (int i = 0; i < width; i++) {
        c[at][i] = forget[i] * c[at][i] + input[i] * candidate[i];
        after[i] = output[i] * Math.tanh(c[at][i]);
      }
    } else {
      // The reset gate scales what the recurrent matrix gives, not the state that goes in.
      double[] reset = gate(p, name, x, before, 0, "reset", false);
      double[] update = gate(p, name, x, before, 1, "update", false);
      double[] candidate = gate(p, name, x, before, 2, "candidate", reset, true);
      for (int i = 0; i < width; i++) {
        after[i] = update[i] * before[i] + (1 - update[i]) * candidate[i];
      }
    }
    h[at] = after;
    return after;
  }

  private double[] gate(
      double[] p, String name, double[] x, double[] h, int part, String bias, boolean tanh) {
    double[] ones = new double[config.width()];
    Arrays.fill(ones, 1);
    return gate(p, name, x, h, part, bias, ones, tanh);
  }

  private double[] gate(
      double[] p,
      String name,
      double[] x,
      double[] h,
      int part,
      String bias,
      double[] scale,
      boolean tanh) {
    double[] out = new double[config.width()];
    for (int i = 0; i < out.length; i++) {
      int row = part * out.length + i;
      double sum = value(p, name + ".bias." + bias, i);
      for (int j = 0; j < x.length; j++) {
        sum += at(p, name + ".input.weight", row, j) * x[j];
      }
      for (int j = 0; j < h.length; j++) {
        sum += scale[i] * at(p, name + ".recurrent.weight", row, j) * h[j];
      }
      out[i] = tanh ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum));
    }
    return out;
  }

  private double at(double[] p, String name, int row, int column) {
    TensorSpec tensor = layout.tensor(name);
    return p[(int) tensor.offset() + row * tensor.shape().get(1) + column];
  }

  private double value(double[] p, String name, int index) {
    return p[(int) layout.tensor(name).offset() + index];
  }
}
