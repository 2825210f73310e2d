package io.tributary.transformer;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import java.util.Map;

/** The mixture of experts of {@link NaiveTransformer}, token by token. */
final class NaiveExperts {
  private final TransformerConfig config;
  private final FeedForwardRules rules;
  private final double[] p;
  private final Map<String, TensorSpec> tensors;
  private double balance;

  NaiveExperts(TransformerConfig config, double[] p, Map<String, TensorSpec> tensors) {
    this.config = config;
    this.rules = config.feedForward();
    this.p = p;
    this.tensors = tensors;
  }

  double balanceLoss() {
    return balance;
  }

  /** Outputs of all sequences; a choice beyond an expert's capacity adds nothing. */
  double[][][] apply(double[][][] x, double[][] routed, BlockTensors names) {
    int experts = rules.experts();
    int tokens = routed.length;
    int length = x[0].length;
    double capacity =
        rules.capacityFactor() == null
            ? Double.POSITIVE_INFINITY
            : Math.ceil(rules.capacityFactor() * tokens * rules.topK() / experts);
    double[] share = new double[experts];
    double[] probability = new double[experts];
    int[] taken = new int[experts];
    double[][][] out = new double[x.length][length][config.width()];
    for (int row = 0; row < tokens; row++) {
      double all = 0;
      for (double logit : routed[row]) {
        all += Math.exp(logit);
      }
      for (int e = 0; e < experts; e++) {
        probability[e] += Math.exp(routed[row][e]) / all / tokens;
      }
      boolean[] chosen = new boolean[experts];
      int[] order = new int[rules.topK()];
      double total = 0;
      for (int n = 0; n < rules.topK(); n++) {
        int best = -1;
        for (int e = 0; e < experts; e++) {
          if (!chosen[e] && (best < 0 || routed[row][e] > routed[row][best])) {
            best = e;
          }
        }
        chosen[best] = true;
        order[n] = best;
        total += Math.exp(routed[row][best]);
        share[best] += 1.0 / (tokens * rules.topK());
      }
      for (int e : order) {
        if (taken[e]++ < capacity) {
          double weight = Math.exp(routed[row][e]) / total;
          add(out[row / length][row % length], weight, x[row / length][row % length], e, names);
        }
      }
    }
    for (int e = 0; e < experts; e++) {
      balance += rules.balanceWeight() * experts * share[e] * probability[e];
    }
    return out;
  }

  private void add(double[] out, double weight, double[] x, int expert, BlockTensors names) {
    int d = config.width();
    int f = config.feedForwardWidth();
    int in = (int) tensors.get(ModelTensors.weight(names.feedForwardInput())).offset();
    int back = (int) tensors.get(ModelTensors.weight(names.feedForwardOutput())).offset();
    for (int j = 0; j < f; j++) {
      double gate = 0;
      double up = 0;
      for (int i = 0; i < d; i++) {
        int row = in + (expert * d + i) * 2 * f;
        gate += x[i] * p[row + j];
        up += x[i] * p[row + f + j];
      }
      double h = gate / (1 + Math.exp(-gate)) * up;
      for (int i = 0; i < d; i++) {
        out[i] += weight * h * p[back + (expert * f + j) * d + i];
      }
    }
  }
}
