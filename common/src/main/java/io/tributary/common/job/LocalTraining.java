package io.tributary.common.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How a site trains within one round. Optimizer state starts at zero in every task.
 *
 * @param optimizer default adamw
 * @param learningRate of the first round
 * @param finalLearningRate of the last round; default: the same
 * @param learningRateSchedule how it moves between the two over the rounds; default cosine
 * @param weightDecay decoupled (AdamW); default 0.01
 * @param gradientClippingNorm L2 bound of each step's gradient; default 1.0
 * @param batchSize windows a step
 * @param epochs passes over the site's training windows; either this or {@code steps}
 * @param steps optimizer steps
 */
public record LocalTraining(
    Optimizer optimizer,
    Double learningRate,
    Double finalLearningRate,
    Schedule learningRateSchedule,
    Double weightDecay,
    Double gradientClippingNorm,
    Integer batchSize,
    Integer epochs,
    Integer steps) {

  /** Optimizers of a site. */
  public enum Optimizer {
    /** Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. */
    @JsonProperty("adamw")
    ADAMW,
    /** Plain stochastic gradient descent, as in McMahan et al. 2017. */
    @JsonProperty("sgd")
    SGD;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** How the learning rate moves over the rounds. */
  public enum Schedule {
    /** Along a half cosine. */
    @JsonProperty("cosine")
    COSINE,
    /** Along a line. */
    @JsonProperty("linear")
    LINEAR;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Fills defaults and checks every value. */
  public LocalTraining {
    optimizer = optimizer == null ? Optimizer.ADAMW : optimizer;
    Checks.required("local.learning-rate", learningRate);
    Checks.positive("local.learning-rate", learningRate);
    Checks.range("local.learning-rate", learningRate, 0, 10);
    finalLearningRate = finalLearningRate == null ? learningRate : finalLearningRate;
    Checks.positive("local.final-learning-rate", finalLearningRate);
    Checks.range("local.final-learning-rate", finalLearningRate, 0, 10);
    learningRateSchedule = learningRateSchedule == null ? Schedule.COSINE : learningRateSchedule;
    weightDecay = weightDecay == null ? 0.01 : weightDecay;
    Checks.range("local.weight-decay", weightDecay, 0, 1);
    gradientClippingNorm = gradientClippingNorm == null ? 1.0 : gradientClippingNorm;
    Checks.positive("local.gradient-clipping-norm", gradientClippingNorm);
    batchSize = batchSize == null ? 16 : batchSize;
    Checks.range("local.batch-size", batchSize, 1, 4_096);
    if ((epochs == null) == (steps == null)) {
      throw new IllegalArgumentException(
          "local.epochs is "
              + (epochs == null ? "absent" : epochs)
              + " and local.steps is "
              + (steps == null ? "absent" : steps)
              + ": state exactly one of them");
    }
    if (epochs != null) {
      Checks.range("local.epochs", epochs, 1, 10_000);
    } else {
      Checks.range("local.steps", steps, 1, 100_000_000);
    }
  }

  /** The learning rate of {@code round} (from 1) of {@code rounds}. */
  public double learningRate(int round, int rounds) {
    double share = rounds == 1 ? 0 : (round - 1) / (double) (rounds - 1);
    double weight =
        switch (learningRateSchedule) {
          case COSINE -> (1 + StrictMath.cos(StrictMath.PI * share)) / 2;
          case LINEAR -> 1 - share;
        };
    return finalLearningRate + (learningRate - finalLearningRate) * weight;
  }
}
