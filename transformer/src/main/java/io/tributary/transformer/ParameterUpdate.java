package io.tributary.transformer;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TrainingSettings.Optimizer;

/**
 * The optimizer of one task: clips a gradient and moves the parameters, in one pass over memory.
 *
 * <p>With a proximal term the loss is that of FedProx (Li et al., "Federated optimization in
 * heterogeneous networks", MLSys 2020, equation 2): {@code F(w) + μ/2 · ‖w − w_start‖²}, so that
 * {@code μ·(w − w_start)} joins the gradient before it is clipped.
 *
 * <p>AdamW keeps two running means per trainable parameter, bias-corrected, and decays matrices and
 * embeddings by {@code learningRate · weightDecay}. One-dimensional tensors (biases, norms) do not
 * decay; frozen tensors do not move.
 */
final class ParameterUpdate {
  private final Layout layout;
  private final TrainingSettings settings;
  private final float[] means;
  private final float[] squares;
  private final float[] start;
  private int steps;

  /**
   * Starts a task.
   *
   * @param start the parameters that the task begins with; never written, read only if there is a
   *     proximal term
   */
  ParameterUpdate(Layout layout, TrainingSettings settings, float[] start) {
    this.layout = layout;
    this.settings = settings;
    this.start = start;
    boolean adaptive = settings.optimizer() == Optimizer.ADAMW;
    // For trainable values only, packed: of a model with adapters that is a small part.
    this.means = new float[adaptive ? layout.trainableCount() : 0];
    this.squares = new float[adaptive ? layout.trainableCount() : 0];
  }

  /**
   * One step.
   *
   * @param parameters changed in place
   * @param gradient of the loss without the proximal term, which is added to it in place
   */
  void apply(float[] parameters, float[] gradient) {
    steps++;
    if (settings.proximalMu() > 0) {
      addProximalTerm(parameters, gradient);
    }
    double norm = norm(gradient);
    double bound = settings.gradientClippingNorm();
    float scale = norm > bound ? (float) (bound / norm) : 1f;
    int packed = 0;
    for (TensorSpec tensor : layout.tensors()) {
      if (tensor.trainable()) {
        boolean decays = tensor.shape().size() > 1;
        float kept = decays ? (float) (1 - settings.learningRate() * settings.weightDecay()) : 1f;
        int from = (int) tensor.offset();
        int to = (int) tensor.end();
        switch (settings.optimizer()) {
          case ADAMW -> adamW(parameters, gradient, from, to, packed, scale, kept);
          case SGD -> sgd(parameters, gradient, from, to, scale, kept);
        }
        packed += to - from;
      }
    }
  }

  private void addProximalTerm(float[] parameters, float[] gradient) {
    float mu = (float) settings.proximalMu();
    for (TensorSpec tensor : layout.tensors()) {
      if (tensor.trainable()) {
        int to = (int) tensor.end();
        for (int i = (int) tensor.offset(); i < to; i++) {
          gradient[i] += mu * (parameters[i] - start[i]);
        }
      }
    }
  }

  /** L2 norm over trainable tensors, summed in double. */
  double norm(float[] gradient) {
    double sum = 0;
    for (TensorSpec tensor : layout.tensors()) {
      if (tensor.trainable()) {
        sum += squareSum(gradient, (int) tensor.offset(), (int) tensor.end());
      }
    }
    return Math.sqrt(sum);
  }

  private static double squareSum(float[] values, int from, int to) {
    // Four sums side by side: one would wait for each addition, and the order stays fixed.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 3 < to; i += 4) {
      a += (double) values[i] * values[i];
      b += (double) values[i + 1] * values[i + 1];
      c += (double) values[i + 2] * values[i + 2];
      d += (double) values[i + 3] * values[i + 3];
    }
    for (; i < to; i++) {
      a += (double) values[i] * values[i];
    }
    return (a + b) + (c + d);
  }

  private void adamW(
      float[] parameters, float[] gradient, int from, int to, int packed, float scale, float kept) {
    float beta1 = (float) settings.beta1();
    float beta2 = (float) settings.beta2();
    float rest1 = (float) (1 - settings.beta1());
    float rest2 = (float) (1 - settings.beta2());
    float epsilon = (float) settings.epsilon();
    float rate = (float) (settings.learningRate() / (1 - StrictMath.pow(settings.beta1(), steps)));
    float squareCorrection = (float) (1 / (1 - StrictMath.pow(settings.beta2(), steps)));
    float[] m = means;
    float[] v = squares;
    for (int i = from, j = packed; i < to; i++, j++) {
      float g = gradient[i] * scale;
      m[j] = beta1 * m[j] + rest1 * g;
      v[j] = beta2 * v[j] + rest2 * g * g;
      float root = (float) Math.sqrt(v[j] * squareCorrection);
      parameters[i] = parameters[i] * kept - rate * m[j] / (root + epsilon);
    }
  }

  private void sgd(
      float[] parameters, float[] gradient, int from, int to, float scale, float kept) {
    float rate = (float) settings.learningRate() * scale;
    for (int i = from; i < to; i++) {
      parameters[i] = parameters[i] * kept - rate * gradient[i];
    }
  }
}
