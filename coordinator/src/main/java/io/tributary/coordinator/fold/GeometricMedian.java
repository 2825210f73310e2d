package io.tributary.coordinator.fold;

import java.io.IOException;
import java.util.Arrays;

/**
 * The point with the least weighted sum of distances to the updates, {@code argmin_v Σ αᵢ‖v − xᵢ‖}
 * with αᵢ the share of the weights, by the smoothed Weiszfeld algorithm of RFA (Pillutla, Kakade
 * and Harchaoui, "Robust aggregation for federated learning", IEEE Transactions on Signal
 * Processing 2022, algorithm 2): from the weighted mean on,
 *
 * <pre>
 *   βᵢ = αᵢ / max(ν, ‖v − xᵢ‖),   v = Σ βᵢ·xᵢ / Σ βᵢ
 * </pre>
 *
 * <p>v is always a mean of the updates with coefficients cᵢ, so it need not be kept: with the
 * squared distances Dᵢⱼ between the updates, {@code ‖v − xᵢ‖² = Σⱼ cⱼDᵢⱼ − ½ ΣⱼΣₖ cⱼcₖDⱼₖ}. One
 * pass over the updates gives D, and then a step costs n² however large the model is; a pass for
 * every step would read up to a thousand times as much. The price is D's time, n²/2 differences a
 * value, and that distances below about 1e-8 of the largest are noise, far below ν for updates
 * within their bounds.
 */
public final class GeometricMedian implements Aggregator {
  /** ν of the paper: keeps a step finite where the estimate meets an update. */
  static final double SMOOTHING = 1e-6;

  private final int maxIterations;

  /** Takes at most so many steps. */
  public GeometricMedian(int maxIterations) {
    this.maxIterations = maxIterations;
  }

  @Override
  public int tileValues(int updates) {
    AllUpdates.requireComparable("geometric-median", updates);
    return TILE_VALUES; // only the pass before the first tile holds all updates
  }

  @Override
  public TileFold init(Spec spec) throws IOException {
    UpdateTiles updates = spec.updates();
    PairwiseDistances distances =
        PairwiseDistances.of(updates, AllUpdates.tileValues(updates.count()));
    double[] shares = new double[updates.count()];
    double total = updates.totalWeight();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = updates.weight(i) / total;
    }
    return new CoefficientSum(coefficients(distances, shares), 1, spec.tileValues());
  }

  /** The estimate's coefficients, which sum to 1. */
  double[] coefficients(PairwiseDistances distances, double[] shares) {
    double[] estimate = shares;
    for (int step = 0; step < maxIterations; step++) {
      double[] next = step(shares, distancesTo(distances, estimate));
      if (Arrays.equals(next, estimate)) {
        break; // every further step would give it again
      }
      estimate = next;
    }
    return estimate;
  }

  private static double[] step(double[] shares, double[] distances) {
    double[] next = new double[shares.length];
    double sum = 0;
    for (int i = 0; i < next.length; i++) {
      next[i] = shares[i] / Math.max(SMOOTHING, distances[i]);
      sum += next[i];
    }
    for (int i = 0; i < next.length; i++) {
      next[i] /= sum;
    }
    return next;
  }

  private static double[] distancesTo(PairwiseDistances distances, double[] coefficients) {
    int count = coefficients.length;
    double[] squares = new double[count];
    double within = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        squares[i] += coefficients[j] * distances.squared(i, j);
      }
      within += coefficients[i] * squares[i];
    }
    for (int i = 0; i < count; i++) {
      squares[i] = Math.sqrt(Math.max(0, squares[i] - within / 2));
    }
    return squares;
  }
}
