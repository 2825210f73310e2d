package io.tributary.coordinator.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.job.ServerRules.Optimizer;
import io.tributary.coordinator.fold.ServerOptimizer;
import io.tributary.coordinator.fold.ServerStep;
import io.tributary.coordinator.fold.Sgd;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ServerOptimizersTest {
  private static final Path AFTER = Path.of("after");

  static ServerRules rules(Optimizer optimizer, Double rate) {
    return new ServerRules(optimizer, rate, null, null, null, null, null, null);
  }

  private static JobSpec job(ServerRules rules) {
    return new JobSpec(
        "optimize",
        1L,
        11,
        null,
        new ModelSpec(null, 256, 2, 1, 1, 2, 4),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(2, null, null, null, null, null, null, null),
        null,
        null,
        rules);
  }

  /** One value through several rounds, as the fold does it. */
  private static final class Run {
    final ServerOptimizer optimizer;
    final float[][] state;
    float[] weights;

    Run(ServerOptimizer optimizer, float... weights) {
      this.optimizer = optimizer;
      this.weights = weights;
      this.state = new float[optimizer.stateVectors()][weights.length];
      for (int vector = 0; vector < state.length; vector++) {
        java.util.Arrays.fill(state[vector], optimizer.initialState(vector));
      }
    }

    float[] round(double rate, double... aggregate) {
      float[] out = new float[weights.length];
      optimizer.step(weights, aggregate, state, weights.length, rate, out);
      weights = out;
      return out;
    }
  }

  /**
   * Algorithm 2 of Reddi et al. and FedAvgM of Hsu et al., written down again: one coordinate, in
   * doubles throughout.
   */
  private static final class Oracle {
    private final ServerRules rules;
    double x;
    double m;
    double v;

    Oracle(ServerRules rules, double x) {
      this.rules = rules;
      this.x = x;
      this.v = rules.tau() == null ? 0 : rules.tau() * rules.tau();
    }

    void round(double rate, double delta) {
      if (rules.optimizer() == Optimizer.SGD) {
        x += rate * delta;
        return;
      }
      if (rules.optimizer() == Optimizer.MOMENTUM) {
        m = rules.momentum() * m + delta;
        x += rate * m;
        return;
      }
      m = rules.beta1() * m + (1 - rules.beta1()) * delta;
      if (rules.optimizer() == Optimizer.ADAGRAD) {
        v = v + delta * delta;
      } else if (rules.optimizer() == Optimizer.ADAM) {
        v = rules.beta2() * v + (1 - rules.beta2()) * delta * delta;
      } else {
        double sign = Math.signum(v - delta * delta);
        v = v - (1 - rules.beta2()) * delta * delta * sign;
      }
      x += rate * m / (Math.sqrt(v) + rules.tau());
    }
  }

  @Property(tries = 60)
  void everyOptimizerAgreesWithTheNaiveOneOverManyRounds(
      @ForAll Optimizer kind, @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int rounds) {
    Random random = new Random(seed);
    ServerRules rules = rules(kind, null);
    int length = 17;
    float[] weights = new float[length];
    Oracle[] oracle = new Oracle[length];
    for (int i = 0; i < length; i++) {
      weights[i] = (float) random.nextGaussian();
      oracle[i] = new Oracle(rules, weights[i]);
    }
    Run run = new Run(ServerOptimizers.of(rules), weights);
    double travelled = 1;
    for (int round = 1; round <= rounds; round++) {
      double[] aggregate = new double[length];
      double rate = 0.01 + 0.1 * random.nextDouble();
      for (int i = 0; i < length; i++) { // from updates near zero to large ones, some exactly zero
        aggregate[i] = i % 5 == 0 ? 0 : random.nextGaussian() * Math.pow(10, i % 4 - 3);
        oracle[i].round(rate, aggregate[i]);
      }
      run.round(rate, aggregate);
      travelled += rate * 10;
      for (int i = 0; i < length; i++) {
        // One rounding to float a round, of the weights and of every state value.
        double bound = round * travelled * 0x1p-22;
        assertThat((double) run.weights[i])
            .as("%s, round %d, value %d", kind, round, i)
            .isCloseTo(oracle[i].x, within(bound));
      }
    }
  }

  @Test
  void fedAvgWithRateOneGivesTheBitsOfPlainAddition() {
    Random random = new Random(5);
    float[] base = new float[1000];
    double[] aggregate = new double[1000];
    for (int i = 0; i < base.length; i++) {
      base[i] = (float) random.nextGaussian();
      aggregate[i] = random.nextGaussian() * Math.pow(10, i % 9 - 8);
    }
    float[] out =
        new Run(ServerOptimizers.of(ServerRules.DEFAULT), base.clone()).round(1, aggregate);
    for (int i = 0; i < base.length; i++) {
      assertThat(Float.floatToRawIntBits(out[i]))
          .isEqualTo(Float.floatToRawIntBits((float) (base[i] + aggregate[i])));
    }
  }

  /** Worked out by hand for w = 1, Δ = 0.5 and then Δ = −0.25. */
  @ParameterizedTest
  @CsvSource({
    // 1 + 0.1·0.5; then − 0.1·0.25
    "SGD, 0.1, 1.05, 1.025",
    // v = 0.5; then v = 0.45 − 0.25 = 0.2
    "MOMENTUM, 0.1, 1.05, 1.07",
    // β₁ = 0, τ² = 1e-6. v = 0.250001: 0.05/(0.500001 + 0.001); v = 0.312501: −0.025/0.5600179
    "ADAGRAD, 0.1, 1.0998002, 1.0551588",
    // m = 0.05, v = 0.99e-6 + 0.0025: 0.005/(0.0500099 + 0.001) = 0.0980201
    // m = 0.045 − 0.025 = 0.02, v = 0.99·0.00250099 + 0.000625 = 0.00310098: 0.002/0.0566864
    "ADAM, 0.1, 1.0980201, 1.1333019",
    // m = 0.05, v = 1e-6 + 0.01·0.25 = 0.002501: 0.005/(0.05001 + 0.001) = 0.0980200
    // m = 0.02, Δ² = 0.0625 > v: v = 0.002501 + 0.000625 = 0.003126: 0.002/0.0569107
    "YOGI, 0.1, 1.0980200, 1.1331628",
  })
  void firstStepsAreThoseWorkedOutByHand(
      Optimizer kind, double rate, double afterOne, double afterTwo) {
    Run run = new Run(ServerOptimizers.of(rules(kind, null)), 1);
    assertThat((double) run.round(rate, 0.5)[0]).isCloseTo(afterOne, within(2e-7));
    assertThat((double) run.round(rate, -0.25)[0]).isCloseTo(afterTwo, within(3e-7));
  }

  @Test
  void adaptiveStateStartsAtTheSquareOfTau() {
    for (Optimizer kind : new Optimizer[] {Optimizer.ADAGRAD, Optimizer.ADAM, Optimizer.YOGI}) {
      ServerOptimizer optimizer =
          ServerOptimizers.of(new ServerRules(kind, null, null, null, null, null, null, 0.125));
      assertThat(optimizer.stateVectors()).isEqualTo(2);
      assertThat(optimizer.initialState(0)).isZero();
      assertThat(optimizer.initialState(1)).isEqualTo(0.015625f);
    }
  }

  @Test
  void adamForgetsALargeUpdateSoonerThanYogi() {
    // The difference that Zaheer et al. 2018 made Yogi for: a quiet time after one loud round.
    Run adam = new Run(ServerOptimizers.of(rules(Optimizer.ADAM, null)), 0);
    Run yogi = new Run(ServerOptimizers.of(rules(Optimizer.YOGI, null)), 0);
    adam.round(0.01, 10);
    yogi.round(0.01, 10);
    for (int round = 0; round < 300; round++) {
      adam.round(0.01, 0.001);
      yogi.round(0.01, 0.001);
    }
    assertThat(adam.state[1][0]).isLessThan(0.06f); // 1 · 0.99^300
    assertThat(yogi.state[1][0]).isGreaterThan(0.99f); // 1 − 300 · 0.01 · 1e-6
  }

  /**
   * An ill-conditioned quadratic, with sites that differ: what one local step of gradient descent
   * gives is {@code −0.05 · H · (w − w*)}. Plain averaging crawls along the flat direction;
   * momentum and the adaptive methods, which scale each coordinate by itself, do not.
   */
  @Test
  void momentumAndAdaptiveOptimizersCrossAnIllConditionedValleyThatAveragingCrawlsThrough() {
    double averaging = distanceAfter(rules(Optimizer.SGD, 1.0), 300);
    assertThat(averaging).isGreaterThan(1.4);
    assertThat(distanceAfter(rules(Optimizer.MOMENTUM, 1.0), 300)).isLessThan(averaging / 3);
    assertThat(distanceAfter(rules(Optimizer.ADAGRAD, 0.3), 300)).isLessThan(averaging / 3);
    assertThat(distanceAfter(rules(Optimizer.ADAM, 0.03), 300)).isLessThan(averaging / 3);
    assertThat(distanceAfter(rules(Optimizer.YOGI, 0.03), 300)).isLessThan(averaging / 3);
  }

  private static double distanceAfter(ServerRules rules, int rounds) {
    double[] curvature = {20, 0.02};
    double[] optimum = {1, -2};
    Run run = new Run(ServerOptimizers.of(rules), 0, 0);
    for (int round = 1; round <= rounds; round++) {
      double[] aggregate = new double[2];
      for (int i = 0; i < 2; i++) {
        aggregate[i] = -0.05 * curvature[i] * (run.weights[i] - optimum[i]);
      }
      run.round(rules.learningRate(round, rounds), aggregate);
    }
    return Math.hypot(run.weights[0] - optimum[0], run.weights[1] - optimum[1]);
  }

  @ParameterizedTest
  @EnumSource(Optimizer.class)
  void nothingMovesWhereNoUpdateMoves(Optimizer kind) {
    Run run = new Run(ServerOptimizers.of(rules(kind, null)), 3, -0.0f);
    for (int round = 0; round < 3; round++) {
      assertThat(run.round(1, 0, 0)).containsExactly(3, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Optimizer.class)
  void theLargestUpdatesThatAreAllowedKeepStateAndWeightsFinite(Optimizer kind) {
    double most = ServerRules.MAX_UPDATE_ABS;
    ServerRules rules =
        kind == Optimizer.SGD || kind == Optimizer.MOMENTUM
            ? rules(kind, ServerRules.MAX_LEARNING_RATE)
            : new ServerRules(
                kind,
                ServerRules.MAX_LEARNING_RATE,
                null,
                null,
                null,
                null,
                null,
                ServerRules.MIN_TAU);
    Run run = new Run(ServerOptimizers.of(rules), 1);
    for (int round = 0; round < 2_000; round++) {
      run.round(ServerRules.MAX_LEARNING_RATE, round % 500 == 0 ? most : 0);
    }
    assertThat(run.weights[0]).isFinite();
    for (float[] vector : run.state) {
      assertThat(vector[0]).isFinite();
    }
  }

  @Test
  void aStepHasTheRateOfItsRound() {
    JobSpec job =
        job(new ServerRules(null, 1.0, 0.5, LocalTraining.Schedule.LINEAR, null, null, null, null));
    for (int round : new int[] {1, 6, 11}) {
      ServerStep step = ServerOptimizers.step(job, round, Optional.empty(), AFTER);
      assertThat(step.learningRate()).isEqualTo(1 - (round - 1) * 0.05);
      assertThat(step.optimizer()).isInstanceOf(Sgd.class);
      assertThat(step.stateAfter()).isEmpty();
    }
    assertThat(ServerOptimizers.stateValues(job)).isZero();
  }

  @Test
  void anOptimizerWithStateStartsFromThatOfTheRoundBefore() {
    JobSpec job = job(rules(Optimizer.YOGI, null));
    long values = 2L * job.model().config().layout().trainableCount();
    assertThat(ServerOptimizers.stateValues(job)).isEqualTo(values);
    Optional<Path> before = Optional.of(Path.of("before"));
    assertThat(ServerOptimizers.step(job, 1, Optional.empty(), AFTER).stateAfter()).hasValue(AFTER);
    assertThat(ServerOptimizers.step(job, 2, before, AFTER).stateBefore()).isEqualTo(before);
    assertThatThrownBy(() -> ServerOptimizers.step(job, 2, Optional.empty(), AFTER))
        .hasMessageContaining("round 2 with the server optimizer yogi has no state to start from");
    assertThatThrownBy(() -> ServerOptimizers.step(job, 1, before, AFTER))
        .hasMessageContaining("has a state before it");
  }
}
