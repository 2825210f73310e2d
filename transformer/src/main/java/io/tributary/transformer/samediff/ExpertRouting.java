package io.tributary.transformer.samediff;

import java.util.Arrays;

/**
 * Which experts each token goes to, with what weight, and in which order rows are handed to them:
 * the decisions of a mixture of experts, in plain Java on the router's logits.
 *
 * <p>A token's experts are those with the k largest logits (of equal ones the lower number), its
 * weights the softmax over these k alone (Jiang et al., "Mixtral of experts", 2024, 2.1). Without a
 * capacity each choice is served. With one, an expert takes its first ⌈factor · N · k ÷ E⌉ choices,
 * by token and then by rank; the rest is dropped: it adds nothing, and its weight is not given to
 * the token's other experts (Lepikhin et al., GShard, 2020; Fedus et al., Switch transformers,
 * 2021).
 *
 * <p>Letters: N tokens, E experts, k choices a token. A slot is a row in the order of experts; slot
 * {@code N·k} stands for "nowhere".
 */
final class ExpertRouting {
  private final int tokens;
  private final int experts;
  private final int choices;
  private final double capacityFactor;
  private final double balanceWeight;

  private final int[] chosen; // (N, k)
  private final double[] weights; // (N, k)
  private final double[] probabilities; // (N, E)
  private final double[] shares; // (E): f, part of all choices
  private final double[] means; // (E): P, mean probability
  private final int[] next; // (E)
  private final boolean[] there; // (N)
  private int present;
  private double balanceLoss;

  /** By expert, its first slot; one more at the end. */
  final int[] starts;

  /** By slot, the token it is made from; 0 where unused. */
  final int[] tokenOfSlot;

  /** By rank and token, (k, N): the slot, or N·k. */
  final int[][] slots;

  /**
   * Makes room.
   *
   * @param capacityFactor infinite: nothing is dropped
   */
  ExpertRouting(int tokens, int experts, int choices, double capacityFactor, double balanceWeight) {
    this.tokens = tokens;
    this.experts = experts;
    this.choices = choices;
    this.capacityFactor = capacityFactor;
    this.balanceWeight = balanceWeight;
    int all = Math.multiplyExact(tokens, choices);
    chosen = new int[all];
    weights = new double[all];
    probabilities = new double[Math.multiplyExact(tokens, experts)];
    shares = new double[experts];
    means = new double[experts];
    next = new int[experts];
    there = new boolean[tokens];
    starts = new int[experts + 1];
    tokenOfSlot = new int[all];
    slots = new int[choices][tokens];
  }

  /**
   * Decides.
   *
   * @param logits (N, E)
   * @param absent (N): negative for tokens that are padding: they go nowhere and count nowhere
   */
  void route(double[] logits, double[] absent) {
    Arrays.fill(shares, 0);
    Arrays.fill(means, 0);
    present = 0;
    for (int token = 0; token < tokens; token++) {
      there[token] = absent.length == 0 || absent[token] >= 0;
      if (there[token]) {
        present++;
        choose(logits, token);
        softmax(logits, token);
      }
    }
    assignSlots();
    balanceLoss = 0;
    for (int expert = 0; expert < experts && present > 0; expert++) {
      shares[expert] /= (double) present * choices;
      means[expert] /= present;
      balanceLoss += balanceWeight * experts * shares[expert] * means[expert];
    }
  }

  /**
   * The load-balancing loss of the last routing: balance weight · E · Σ f·P over experts, where f
   * is an expert's share of the choices and P its mean probability (Fedus et al., 2021, equation 4,
   * with choices in place of tokens). Even load gives the balance weight.
   */
  double balanceLoss() {
    return balanceLoss;
  }

  /**
   * Weights by slot.
   *
   * @param bySlot overwritten, (N·k); 0 where unused
   */
  void weights(double[] bySlot) {
    Arrays.fill(bySlot, 0);
    for (int token = 0; token < tokens; token++) {
      for (int rank = 0; rank < choices; rank++) {
        if (slots[rank][token] < bySlot.length) {
          bySlot[slots[rank][token]] = weights[token * choices + rank];
        }
      }
    }
  }

  /**
   * Derivative by the router's logits, of the mixture and of the balance loss. An expert's share of
   * the choices jumps and is taken as constant.
   *
   * @param bySlot (N·k) derivative by the weight of each slot
   * @param gradient overwritten, (N, E)
   */
  void gradient(double[] bySlot, double[] gradient) {
    Arrays.fill(gradient, 0);
    for (int token = 0; token < tokens; token++) {
      if (there[token]) {
        addMixture(bySlot, gradient, token);
        addBalance(gradient, token);
      }
    }
  }

  private void addMixture(double[] bySlot, double[] gradient, int token) {
    double mean = 0;
    for (int rank = 0; rank < choices; rank++) {
      mean += weights[token * choices + rank] * derivative(bySlot, rank, token);
    }
    for (int rank = 0; rank < choices; rank++) {
      int choice = token * choices + rank;
      gradient[token * experts + chosen[choice]] =
          weights[choice] * (derivative(bySlot, rank, token) - mean);
    }
  }

  private double derivative(double[] bySlot, int rank, int token) {
    int slot = slots[rank][token];
    return slot < bySlot.length ? bySlot[slot] : 0;
  }

  private void addBalance(double[] gradient, int token) {
    double mean = 0;
    for (int expert = 0; expert < experts; expert++) {
      mean += shares[expert] * probabilities[token * experts + expert];
    }
    double scale = balanceWeight * experts / present;
    for (int expert = 0; expert < experts; expert++) {
      int i = token * experts + expert;
      gradient[i] += scale * probabilities[i] * (shares[expert] - mean);
    }
  }

  private void choose(double[] logits, int token) {
    int from = token * experts;
    for (int rank = 0; rank < choices; rank++) {
      int best = -1;
      for (int expert = 0; expert < experts; expert++) {
        if (!taken(token, rank, expert)
            && (best < 0 || logits[from + expert] > logits[from + best])) {
          best = expert;
        }
      }
      chosen[token * choices + rank] = best;
      shares[best]++;
    }
    double largest = logits[from + chosen[token * choices]];
    double sum = 0;
    for (int i = token * choices; i < (token + 1) * choices; i++) {
      weights[i] = Math.exp(logits[from + chosen[i]] - largest);
      sum += weights[i];
    }
    for (int i = token * choices; i < (token + 1) * choices; i++) {
      weights[i] /= sum;
    }
  }

  private boolean taken(int token, int ranks, int expert) {
    for (int rank = 0; rank < ranks; rank++) {
      if (chosen[token * choices + rank] == expert) {
        return true;
      }
    }
    return false;
  }

  private void softmax(double[] logits, int token) {
    int from = token * experts;
    double largest = logits[from + chosen[token * choices]];
    double sum = 0;
    for (int i = from; i < from + experts; i++) {
      probabilities[i] = Math.exp(logits[i] - largest);
      sum += probabilities[i];
    }
    for (int expert = 0; expert < experts; expert++) {
      probabilities[from + expert] /= sum;
      means[expert] += probabilities[from + expert];
    }
  }

  /** Counts by expert, then hands slots out in the order of tokens and ranks. */
  private void assignSlots() {
    double most = Math.ceil(capacityFactor * present * choices / experts);
    starts[0] = 0;
    for (int expert = 0; expert < experts; expert++) {
      next[expert] = starts[expert];
      starts[expert + 1] = starts[expert] + (int) Math.min(most, shares[expert]);
    }
    Arrays.fill(tokenOfSlot, 0);
    for (int token = 0; token < tokens; token++) {
      for (int rank = 0; rank < choices; rank++) {
        slots[rank][token] = tokenOfSlot.length;
        int expert = chosen[token * choices + rank];
        if (there[token] && next[expert] < starts[expert + 1]) {
          slots[rank][token] = next[expert];
          tokenOfSlot[next[expert]++] = token;
        }
      }
    }
  }
}
