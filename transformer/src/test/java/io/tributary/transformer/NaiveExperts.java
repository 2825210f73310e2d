package io.tributary.transformer;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A mixture of experts token by token in plain double arithmetic, written from the papers'
 * formulas: the oracle.
 */
public final class NaiveExperts {
  private final int tokens;
  private final int width;
  private final int experts;
  private final int inner;
  private final int choices;
  private final double capacityFactor;
  private final double balanceWeight;

  /** Of the last run, by token and rank. */
  public boolean[][] served;

  public double balanceLoss;

  public NaiveExperts(
      int tokens,
      int width,
      int experts,
      int inner,
      int choices,
      double capacityFactor,
      double balanceWeight) {
    this.tokens = tokens;
    this.width = width;
    this.experts = experts;
    this.inner = inner;
    this.choices = choices;
    this.capacityFactor = capacityFactor;
    this.balanceWeight = balanceWeight;
  }

  public double[] output(
      double[] x, double[] logits, double[] input, double[] output, boolean[] present) {
    int there = (int) IntStream.range(0, tokens).filter(t -> present[t]).count();
    double capacity = Math.ceil(capacityFactor * there * choices / experts);
    int[] load = new int[experts];
    int[] asked = new int[experts];
    double[] mean = new double[experts];
    double[] y = new double[tokens * width];
    served = new boolean[tokens][choices];
    for (int t = 0; t < tokens; t++) {
      if (!present[t]) {
        continue;
      }
      int token = t;
      List<Integer> best =
          IntStream.range(0, experts)
              .boxed()
              .sorted(
                  Comparator.<Integer>comparingDouble(e -> -logits[token * experts + e])
                      .thenComparing(e -> e))
              .limit(choices)
              .toList();
      double chosenSum =
          best.stream().mapToDouble(e -> Math.exp(logits[token * experts + e])).sum();
      double wholeSum = 0;
      for (int e = 0; e < experts; e++) {
        wholeSum += Math.exp(logits[t * experts + e]);
      }
      for (int e = 0; e < experts; e++) {
        mean[e] += Math.exp(logits[t * experts + e]) / wholeSum / there;
      }
      for (int rank = 0; rank < choices; rank++) {
        int e = best.get(rank);
        asked[e]++;
        if (load[e] < capacity) {
          load[e]++;
          served[t][rank] = true;
          double weight = Math.exp(logits[t * experts + e]) / chosenSum;
          addExpert(x, input, output, t, e, weight, y);
        }
      }
    }
    balanceLoss = 0;
    for (int e = 0; e < experts; e++) {
      balanceLoss += balanceWeight * experts * asked[e] / (double) (there * choices) * mean[e];
    }
    return y;
  }

  private void addExpert(
      double[] x, double[] input, double[] output, int t, int e, double weight, double[] y) {
    for (int j = 0; j < inner; j++) {
      double gate = 0;
      double up = 0;
      for (int i = 0; i < width; i++) {
        gate += x[t * width + i] * input[(e * width + i) * 2 * inner + j];
        up += x[t * width + i] * input[(e * width + i) * 2 * inner + inner + j];
      }
      double hidden = gate / (1 + Math.exp(-gate)) * up;
      for (int i = 0; i < width; i++) {
        y[t * width + i] += weight * hidden * output[(e * inner + j) * width + i];
      }
    }
  }
}
