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
 * @param proximalMu FedProx: μ of the term μ/2 · ‖w − w_round‖² in the local loss (Li et al.,
 *     "Federated optimization in heterogeneous networks", 2020); default 0
 * @param siteSteps how many steps a site may choose instead; default: none but the job's. A number
 *     in {@code steps} must be one that a site could choose; epochs are not compared, because how
 *     many steps they are depends on a site's data
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
    Integer steps,
    Double proximalMu,
    SiteSteps siteSteps) {
  /** Most optimizer steps of one round. */
  public static final int MAX_STEPS = 100_000_000;

  /** Without a proximal term, the same number of steps at every site. */
  public LocalTraining(
      Optimizer optimizer,
      Double learningRate,
      Double finalLearningRate,
      Schedule learningRateSchedule,
      Double weightDecay,
      Double gradientClippingNorm,
      Integer batchSize,
      Integer epochs,
      Integer steps) {
    this(
        optimizer,
        learningRate,
        finalLearningRate,
        learningRateSchedule,
        weightDecay,
        gradientClippingNorm,
        batchSize,
        epochs,
        steps,
        null,
        null);
  }

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

    /** From {@code first} in round 1 to {@code last} in the last of {@code rounds}. */
    double rate(double first, double last, int round, int rounds) {
      double share = rounds == 1 ? 0 : (round - 1) / (double) (rounds - 1);
      double weight =
          switch (this) {
            case COSINE -> (1 + StrictMath.cos(StrictMath.PI * share)) / 2;
            case LINEAR -> 1 - share;
          };
      return last + (first - last) * weight;
    }

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
      Checks.range("local.steps", steps, 1, MAX_STEPS);
      requireChoosable(steps, siteSteps);
    }
    proximalMu = proximalMu == null ? 0.0 : proximalMu;
    Checks.range("local.proximal-mu", proximalMu, 0, 1_000);
  }

  private static void requireChoosable(int steps, SiteSteps range) {
    if (range != null && (steps < range.least() || steps > range.most())) {
      throw new IllegalArgumentException(
          "local.steps is "
              + steps
              + " but local.site-steps are "
              + range.least()
              + " to "
              + range.most()
              + ": a site that chooses nothing does local.steps, so they must be within; change"
              + " local.steps or widen local.site-steps");
    }
  }

  /** The same with so many steps of every site, in place of steps or epochs. */
  public LocalTraining withSteps(int number) {
    return new LocalTraining(
        optimizer,
        learningRate,
        finalLearningRate,
        learningRateSchedule,
        weightDecay,
        gradientClippingNorm,
        batchSize,
        null,
        number,
        proximalMu,
        siteSteps);
  }

  /** The learning rate of {@code round} (from 1) of {@code rounds}. */
  public double learningRate(int round, int rounds) {
    return learningRateSchedule.rate(learningRate, finalLearningRate, round, rounds);
  }
}
