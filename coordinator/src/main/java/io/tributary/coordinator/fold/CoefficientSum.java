package io.tributary.coordinator.fold;

import io.tributary.coordinator.fold.Aggregator.TileFold;
import java.util.Arrays;

/**
 * {@code Σ cᵢ·deltaᵢ / divisor} in double, added in the updates' canonical order: for coefficients
 * that are real numbers, which a fixed-point sum would have to round to the job's weights. An
 * update of coefficient zero is not read.
 */
final class CoefficientSum implements TileFold {
  private final double[] coefficients;
  private final double divisor;
  private final double[] sums;
  private int length;

  CoefficientSum(double[] coefficients, double divisor, int tileValues) {
    this.coefficients = coefficients;
    this.divisor = divisor;
    this.sums = new double[tileValues];
  }

  @Override
  public boolean needs(int update) {
    return coefficients[update] != 0;
  }

  @Override
  public void begin(int length) {
    this.length = length;
    Arrays.fill(sums, 0, length, 0);
  }

  @Override
  public void accumulate(int update, float[] delta) {
    add(delta, coefficients[update], sums, length);
  }

  private static void add(float[] delta, double coefficient, double[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += coefficient * delta[i];
    }
  }

  @Override
  public void finish(double[] aggregate) {
    for (int i = 0; i < length; i++) {
      aggregate[i] = sums[i] / divisor;
    }
  }
}
