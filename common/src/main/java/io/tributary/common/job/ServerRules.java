package io.tributary.common.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * What the coordinator does with the aggregate of a round: the server optimizer of Reddi et al.,
 * "Adaptive federated optimization", ICLR 2021, whose pseudo-gradient is the negative aggregate.
 *
 * <p>A parameter that its optimizer does not use is an error.
 *
 * @param optimizer default sgd
 * @param learningRate of the first round; default 1, which with sgd is FedAvg; for adagrad, adam
 *     and yogi, whose steps are about as long as the rate in every coordinate, 0.01
 * @param finalLearningRate of the last round; default: the same
 * @param learningRateSchedule how it moves between the two over the rounds; default cosine
 * @param momentum momentum: β; default 0.9
 * @param beta1 adagrad, adam and yogi: decay of the first moment; default 0.9 (adagrad: 0)
 * @param beta2 adam and yogi: decay of the second moment; default 0.99
 * @param tau adagrad, adam and yogi: the degree of adaptivity, added to the root; default 1e-3
 */
public record ServerRules(
    Optimizer optimizer,
    Double learningRate,
    Double finalLearningRate,
    LocalTraining.Schedule learningRateSchedule,
    Double momentum,
    Double beta1,
    Double beta2,
    Double tau) {
  /** FedAvg. */
  public static final ServerRules DEFAULT =
      new ServerRules(null, null, null, null, null, null, null, null);

  /** Largest server learning rate. */
  public static final double MAX_LEARNING_RATE = 100;

  /**
   * Smallest degree of adaptivity: the paper tries 1e-5 to 1e-1; below, a coordinate that was still
   * for a while would be thrown far by its next update.
   */
  public static final double MIN_TAU = 1e-8;

  /**
   * Largest |value| of an update, except for FedAvg: neither its square, added over every round,
   * nor what the largest rate makes of it leaves the range of a float.
   */
  public static final double MAX_UPDATE_ABS = 1e15;

  /** Server optimizers. */
  public enum Optimizer {
    /** {@code w + rate · Δ}; FedAvg with rate 1. */
    @JsonProperty("sgd")
    SGD,
    /** FedAvgM: Hsu, Qi and Brown, 2019. */
    @JsonProperty("momentum")
    MOMENTUM,
    /** FedAdagrad. */
    @JsonProperty("adagrad")
    ADAGRAD,
    /** FedAdam. */
    @JsonProperty("adam")
    ADAM,
    /** FedYogi. */
    @JsonProperty("yogi")
    YOGI;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Fills defaults and checks every value and the values together. */
  public ServerRules {
    optimizer = optimizer == null ? Optimizer.SGD : optimizer;
    boolean adaptive =
        optimizer == Optimizer.ADAGRAD
            || optimizer == Optimizer.ADAM
            || optimizer == Optimizer.YOGI;
    learningRate = learningRate == null ? (adaptive ? 0.01 : 1.0) : learningRate;
    rate("server.learning-rate", learningRate);
    finalLearningRate = finalLearningRate == null ? learningRate : finalLearningRate;
    rate("server.final-learning-rate", finalLearningRate);
    learningRateSchedule =
        learningRateSchedule == null ? LocalTraining.Schedule.COSINE : learningRateSchedule;
    onlyFor("momentum", momentum, optimizer, optimizer == Optimizer.MOMENTUM, "momentum");
    onlyFor("beta1", beta1, optimizer, adaptive, "adam");
    onlyFor("beta2", beta2, optimizer, adaptive && optimizer != Optimizer.ADAGRAD, "adam");
    onlyFor("tau", tau, optimizer, adaptive, "adam");
    if (optimizer == Optimizer.MOMENTUM) {
      momentum = momentum == null ? 0.9 : momentum;
      decay("server.momentum", momentum);
    }
    if (adaptive) {
      beta1 = beta1 == null ? (optimizer == Optimizer.ADAGRAD ? 0.0 : 0.9) : beta1;
      decay("server.beta1", beta1);
      tau = tau == null ? 1e-3 : tau;
      Checks.range("server.tau", tau, MIN_TAU, 1);
      if (optimizer != Optimizer.ADAGRAD) {
        beta2 = beta2 == null ? 0.99 : beta2;
        decay("server.beta2", beta2);
      }
    }
  }

  private static void rate(String key, double value) {
    Checks.positive(key, value);
    Checks.range(key, value, 0, MAX_LEARNING_RATE);
  }

  private static void decay(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(key + " is " + value + " but must be from 0 to below 1");
    }
  }

  private static void onlyFor(
      String key, Object value, Optimizer optimizer, boolean used, String user) {
    if (value != null && !used) {
      throw new IllegalArgumentException(
          "server."
              + key
              + " is "
              + value
              + " but the optimizer "
              + optimizer
              + " does not use it: remove it, or use the optimizer "
              + user);
    }
  }

  /**
   * Checks that no state and no model can overflow.
   *
   * @param maxAbs of the job's updates
   * @throws IllegalArgumentException naming both numbers
   */
  void requireMaxAbs(double maxAbs) {
    boolean averaging = optimizer == Optimizer.SGD && learningRate <= 1 && finalLearningRate <= 1;
    if (!averaging && maxAbs > MAX_UPDATE_ABS) {
      throw new IllegalArgumentException(
          "update.max-abs is "
              + maxAbs
              + " but with server.optimizer "
              + optimizer
              + " and server.learning-rate "
              + learningRate
              + " it must be at most "
              + MAX_UPDATE_ABS
              + ": lower update.max-abs, or remove the server rules");
    }
  }

  /** The server's learning rate of {@code round} (from 1) of {@code rounds}. */
  public double learningRate(int round, int rounds) {
    return learningRateSchedule.rate(learningRate, finalLearningRate, round, rounds);
  }
}
