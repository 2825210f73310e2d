package io.tributary.transformer.network;

import java.util.Set;

/**
 * Two layers as a textbook has them, in doubles and loops: tanh, softmax, mean cross-entropy, plain
 * gradient descent. Flat parameters: W1 (f, h), b1 (h), W2 (h, c), b2 (c), row-major.
 */
final class TextbookPerceptron {
  private final int features;
  private final int hidden;
  private final int classes;
  private final double[] parameters;

  TextbookPerceptron(int features, int hidden, int classes, float[] start) {
    this.features = features;
    this.hidden = hidden;
    this.classes = classes;
    this.parameters = new double[start.length];
    for (int i = 0; i < start.length; i++) {
      parameters[i] = start[i];
    }
  }

  double[] parameters() {
    return parameters;
  }

  private int bias1() {
    return features * hidden;
  }

  private int weight2() {
    return bias1() + hidden;
  }

  private int bias2() {
    return weight2() + hidden * classes;
  }

  /** Adds one example's gradient, and returns its loss. */
  private double example(float[] x, float[] y, double[] gradient) {
    double[] h = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double sum = parameters[bias1() + j];
      for (int i = 0; i < features; i++) {
        sum += x[i] * parameters[i * hidden + j];
      }
      h[j] = Math.tanh(sum);
    }
    double[] p = new double[classes];
    double total = 0;
    for (int k = 0; k < classes; k++) {
      double sum = parameters[bias2() + k];
      for (int j = 0; j < hidden; j++) {
        sum += h[j] * parameters[weight2() + j * classes + k];
      }
      p[k] = Math.exp(sum);
      total += p[k];
    }
    double loss = 0;
    double[] back = new double[hidden];
    for (int k = 0; k < classes; k++) {
      p[k] /= total;
      loss -= y[k] * Math.log(p[k]);
      double d = p[k] - y[k];
      gradient[bias2() + k] += d;
      for (int j = 0; j < hidden; j++) {
        gradient[weight2() + j * classes + k] += d * h[j];
        back[j] += d * parameters[weight2() + j * classes + k];
      }
    }
    for (int j = 0; j < hidden; j++) {
      double d = back[j] * (1 - h[j] * h[j]);
      gradient[bias1() + j] += d;
      for (int i = 0; i < features; i++) {
        gradient[i * hidden + j] += d * x[i];
      }
    }
    return loss;
  }

  /** Sum of the losses. */
  double loss(float[][] x, float[][] y, int[] chosen) {
    double sum = 0;
    for (int i : chosen) {
      sum += example(x[i], y[i], new double[parameters.length]);
    }
    return sum;
  }

  /** One step; what is frozen stays. */
  void step(float[][] x, float[][] y, int[] chosen, double rate, Set<Integer> frozen) {
    double[] gradient = new double[parameters.length];
    for (int i : chosen) {
      example(x[i], y[i], gradient);
    }
    for (int i = 0; i < gradient.length; i++) {
      if (!frozen.contains(i)) {
        parameters[i] -= rate * gradient[i] / chosen.length;
      }
    }
  }
}
