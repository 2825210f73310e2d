package io.tributary.transformer;

/**
 * How one local training task runs. Optimizer state starts at zero in every task.
 *
 * @param optimizer update rule
 * @param learningRate step size, positive
 * @param weightDecay decoupled decay of matrices and embeddings, at least 0; biases and norms have
 *     none
 * @param beta1 AdamW's decay of the mean, in [0, 1)
 * @param beta2 AdamW's decay of the squares, in [0, 1)
 * @param epsilon AdamW's floor of the root, positive
 * @param gradientClippingNorm most L2 norm of a step's gradient, positive; infinite for no clipping
 * @param batchSize windows a step
 * @param length when to stop
 * @param proximalMu FedProx: μ of the term μ/2 · ‖w − w_start‖² in the loss, at least 0
 */
public record TrainingSettings(
    Optimizer optimizer,
    double learningRate,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    double gradientClippingNorm,
    int batchSize,
    Length length,
    double proximalMu) {

  /** Without a proximal term. */
  public TrainingSettings(
      Optimizer optimizer,
      double learningRate,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      double gradientClippingNorm,
      int batchSize,
      Length length) {
    this(
        optimizer,
        learningRate,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        gradientClippingNorm,
        batchSize,
        length,
        0);
  }

  /** Update rules. */
  public enum Optimizer {
    /** Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019. */
    ADAMW,
    /** Plain gradient descent, with the same decoupled decay. */
    SGD
  }

  /** When a task stops. */
  public sealed interface Length {
    /** After so many steps. */
    record Steps(int count) implements Length {
      /** Checks the count. */
      public Steps {
        requirePositive("steps", count);
      }
    }

    /** After so many passes over the training windows. */
    record Epochs(int count) implements Length {
      /** Checks the count. */
      public Epochs {
        requirePositive("epochs", count);
      }
    }

    private static void requirePositive(String name, int count) {
      if (count < 1) {
        throw new IllegalArgumentException(
            "local." + name + " is " + count + ": it must be at least 1");
      }
    }
  }

  /** Most windows a step: bounds native memory. */
  public static final int MAX_BATCH_SIZE = 4096;

  /** Checks each bound. */
  public TrainingSettings {
    require(learningRate > 0 && learningRate < 1e6, "learning-rate", learningRate, "positive");
    require(weightDecay >= 0 && weightDecay < 1e6, "weight-decay", weightDecay, "at least 0");
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
    require(epsilon > 0 && epsilon < 1e6, "epsilon", epsilon, "positive");
    require(gradientClippingNorm > 0, "gradient-clipping-norm", gradientClippingNorm, "positive");
    require(
        batchSize >= 1 && batchSize <= MAX_BATCH_SIZE,
        "batch-size",
        batchSize,
        "between 1 and " + MAX_BATCH_SIZE);
    require(proximalMu >= 0 && proximalMu < 1e6, "proximal-mu", proximalMu, "at least 0");
    if (optimizer == null || length == null) {
      throw new IllegalArgumentException("local training needs an optimizer and a length");
    }
  }

  /** AdamW with betas (0.9, 0.999), epsilon 1e-8, weight decay 0.01 and clipping at 1. */
  public static TrainingSettings adamW(double learningRate, int batchSize, Length length) {
    return new TrainingSettings(
        Optimizer.ADAMW, learningRate, 0.01, 0.9, 0.999, 1e-8, 1.0, batchSize, length);
  }

  /** The same with another learning rate, for a schedule over rounds. */
  public TrainingSettings withLearningRate(double rate) {
    return new TrainingSettings(
        optimizer,
        rate,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        gradientClippingNorm,
        batchSize,
        length,
        proximalMu);
  }

  private static void require(boolean holds, String name, Number value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("local." + name + " is " + value + ": it must be " + rule);
    }
  }
}
