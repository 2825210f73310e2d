package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.TrainingSettings.Length;
import io.tributary.transformer.TrainingSettings.Optimizer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ParameterUpdateTest {
  private static final Initializer ZEROS = new Initializer.Zeros();

  /** A matrix (decays), a bias (does not) and a frozen matrix (stays). */
  private static final Layout LAYOUT =
      Layout.builder()
          .add("matrix", ZEROS, 1, 2)
          .add("bias", ZEROS, 1)
          .addFrozen("frozen", ZEROS, 1, 2)
          .build();

  @Test
  void frozenTensorsBetweenTrainedOnesChangeNothingOfTheirSteps() {
    Layout mixed =
        Layout.builder()
            .addFrozen("first", ZEROS, 3, 1)
            .add("matrix", ZEROS, 1, 2)
            .addFrozen("between", ZEROS, 2)
            .add("bias", ZEROS, 1)
            .build();
    float[] p = {1, -2, 3, 4, 5};
    float[] q = {7, 7, 7, 1, -2, 8, 8, 3};
    TrainingSettings settings = TrainingSettings.adamW(0.1, 1, new Length.Steps(3));
    ParameterUpdate plain = new ParameterUpdate(LAYOUT, settings, p.clone());
    ParameterUpdate packed = new ParameterUpdate(mixed, settings, q.clone());
    for (int step = 1; step <= 3; step++) {
      plain.apply(p, new float[] {0.3f * step, -0.2f, 0.1f / step, 0, 0});
      packed.apply(q, new float[] {5, 5, 5, 0.3f * step, -0.2f, 5, 5, 0.1f / step});
    }
    assertThat(q).containsExactly(7, 7, 7, p[0], p[1], 8, 8, p[2]);
  }

  @Test
  void firstAdamWStepMovesByTheRateAgainstTheSignAndDecaysMatricesOnly() {
    float[] p = {1, -2, 3, 4, 5};
    update(Optimizer.ADAMW, 0.1, 0.5, Double.POSITIVE_INFINITY)
        .apply(p, new float[] {0.25f, -4f, 2f, 9f, 9f});
    // m/(1-β1) = g and √(v/(1-β2)) = |g|: one step is rate · sign(g) after decay by 1 - 0.1·0.5.
    assertThat(p[0]).isCloseTo(0.95f - 0.1f, within(1e-5f));
    assertThat(p[1]).isCloseTo(-1.9f + 0.1f, within(1e-5f));
    assertThat(p[2]).isCloseTo(3f - 0.1f, within(1e-5f));
    assertThat(p[3]).isEqualTo(4f);
    assertThat(p[4]).isEqualTo(5f);
  }

  @Test
  void secondAdamWStepUsesBothMoments() {
    float[] p = {0, 0, 0, 0, 0};
    ParameterUpdate update = update(Optimizer.ADAMW, 0.1, 0, Double.POSITIVE_INFINITY);
    update.apply(p, new float[] {1, 0, 0, 0, 0});
    update.apply(p, new float[] {-3, 0, 0, 0, 0});
    // m = 0.9·0.1 − 0.3 = −0.21, /0.19; v = 0.999·0.001 + 0.009 = 0.009999, /0.001999.
    double second = 0.1 * (-0.21 / 0.19) / Math.sqrt(0.009999 / 0.001999);
    assertThat((double) p[0]).isCloseTo(-0.1 - second, within(1e-6));
  }

  @Test
  void clippingScalesTheWholeGradientToTheNorm() {
    float[] p = {0, 0, 0, 0, 0};
    // Trainable norm is 5; what the frozen tensor would have does not count.
    update(Optimizer.SGD, 1, 0, 1).apply(p, new float[] {3, 0, 4, 100, 100});
    assertThat(p).containsExactly(new float[] {-0.6f, 0, -0.8f, 0, 0}, within(1e-6f));
  }

  @Test
  void gradientBelowTheNormIsLeftAlone() {
    float[] p = {0, 0, 0, 0, 0};
    update(Optimizer.SGD, 1, 0, 6).apply(p, new float[] {3, 0, 4, 0, 0});
    assertThat(p).containsExactly(-3, 0, -4, 0, 0);
  }

  @Test
  void bothOptimizersFindTheMinimumOfAQuadratic() {
    for (Optimizer optimizer : Optimizer.values()) {
      float[] p = {5, -5, 2, 0, 0};
      float[] optimum = {1, 2, -1};
      ParameterUpdate update = update(optimizer, 0.05, 0, Double.POSITIVE_INFINITY);
      for (int step = 0; step < 600; step++) {
        float[] gradient = new float[5];
        for (int i = 0; i < 3; i++) {
          gradient[i] = 2 * (p[i] - optimum[i]);
        }
        update.apply(p, gradient);
      }
      for (int i = 0; i < 3; i++) {
        assertThat(p[i]).as("%s %d", optimizer, i).isCloseTo(optimum[i], within(0.02f));
      }
    }
  }

  @Test
  void theProximalTermIsTheDerivativeOfItsLoss() {
    float[] start = {1, -2, 3, 4, 5};
    float[] p = {1.5f, -2.25f, 1, 4, 5};
    double mu = 0.75;
    double[] numerical = new double[3];
    for (int i = 0; i < 3; i++) { // central differences of μ/2 · ‖w − w_start‖²
      double h = 1e-4;
      numerical[i] = (penalty(mu, start, p, i, h) - penalty(mu, start, p, i, -h)) / (2 * h);
    }
    float[] before = p.clone();
    proximal(mu, 0.5, Double.POSITIVE_INFINITY, start).apply(p, new float[] {0, 0, 1, 9, 9});
    assertThat((double) p[0]).isCloseTo(before[0] - 0.5 * numerical[0], within(1e-6));
    assertThat((double) p[1]).isCloseTo(before[1] - 0.5 * numerical[1], within(1e-6));
    assertThat((double) p[2]).isCloseTo(before[2] - 0.5 * (1 + numerical[2]), within(1e-6));
    assertThat(p[3]).isEqualTo(4f);
    assertThat(p[4]).isEqualTo(5f);
  }

  private static double penalty(double mu, float[] start, float[] p, int moved, double by) {
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double distance = p[i] + (i == moved ? by : 0) - start[i];
      sum += distance * distance;
    }
    return mu / 2 * sum;
  }

  @Test
  void clippingBoundsTheGradientWithItsProximalTerm() {
    float[] p = {3, 0, 0, 0, 0};
    // 1 · (3 − 0) and 4: the norm is 5, and 1 after clipping.
    proximal(1, 1, 1, new float[5]).apply(p, new float[] {0, 0, 4, 0, 0});
    assertThat(p).containsExactly(new float[] {2.4f, 0, -0.8f, 0, 0}, within(1e-6f));
  }

  @Test
  void withoutAProximalTermNeitherStartNorGradientIsTouched() {
    float[] gradient = {1, 2, 3, 4, 5};
    proximal(0, 0.5, 1, null).apply(new float[] {9, 9, 9, 9, 9}, gradient);
    assertThat(gradient).containsExactly(1, 2, 3, 4, 5);
  }

  /** For a step below the inverse of the curvature, gradient descent on a quadratic proves it. */
  @Property(tries = 200)
  void aLargerMuStaysNearerToTheStart(
      @ForAll @DoubleRange(min = 0, max = 4) double mu,
      @ForAll @DoubleRange(min = 0.01, max = 4) double more,
      @ForAll @FloatRange(min = -3, max = 3) float optimum,
      @ForAll @DoubleRange(min = 0.1, max = 1) double curvature,
      @ForAll @IntRange(min = 1, max = 30) int steps) {
    float[] start = {0.5f, -1, 2, 0, 0};
    double near = distanceMoved(mu + more, start, optimum, curvature, steps);
    assertThat(near)
        .isLessThanOrEqualTo(distanceMoved(mu, start, optimum, curvature, steps) + 1e-5);
  }

  private static double distanceMoved(
      double mu, float[] start, float optimum, double curvature, int steps) {
    float[] p = start.clone();
    ParameterUpdate update = proximal(mu, 0.1, Double.POSITIVE_INFINITY, start);
    for (int step = 0; step < steps; step++) {
      float[] gradient = new float[5];
      for (int i = 0; i < 3; i++) {
        gradient[i] = (float) (curvature * (p[i] - optimum));
      }
      update.apply(p, gradient);
    }
    double sum = 0;
    for (int i = 0; i < 5; i++) {
      sum += (double) (p[i] - start[i]) * (p[i] - start[i]);
    }
    return Math.sqrt(sum);
  }

  private static ParameterUpdate proximal(double mu, double rate, double clip, float[] start) {
    TrainingSettings settings =
        new TrainingSettings(
            Optimizer.SGD, rate, 0, 0.9, 0.999, 1e-8, clip, 1, new Length.Steps(1), mu);
    return new ParameterUpdate(LAYOUT, settings, start);
  }

  private static ParameterUpdate update(
      Optimizer optimizer, double rate, double decay, double clip) {
    return new ParameterUpdate(
        LAYOUT,
        new TrainingSettings(
            optimizer, rate, decay, 0.9, 0.999, 1e-8, clip, 1, new Length.Steps(1)),
        new float[5]);
  }
}
