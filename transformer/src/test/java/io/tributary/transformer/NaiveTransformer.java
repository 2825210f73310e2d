package io.tributary.transformer;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * The oracle: every block choice written as plain loops over {@code double}, one sequence and one
 * head at a time, with gradients by central differences. It shares no code with the engine but the
 * configuration.
 */
public final class NaiveTransformer {
  private static final double DIFFERENCE = 1e-5;

  private final TransformerConfig config;
  private final Layout layout;
  private final Map<String, TensorSpec> tensors = new HashMap<>();
  private double balance; // what experts add to the loss, summed over layers

  public NaiveTransformer(TransformerConfig config) {
    this.config = config;
    this.layout = config.layout();
    layout.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
  }

  /** Answers of a batch, (slots, columns). */
  public double[][] answers(double[] p, TokenBatch batch) {
    int length = batch.length();
    int sequences = batch.sequences();
    balance = 0;
    double[][][] x = new double[sequences][][];
    double[][][] encoded = new double[sequences][][];
    boolean cross = config.stack() == Stack.ENCODER_DECODER;
    boolean[][] present = new boolean[sequences][length];
    boolean[][] sourcePresent = new boolean[sequences][length];
    for (int s = 0; s < sequences; s++) {
      x[s] = new double[length][];
      encoded[s] = new double[length][];
      for (int t = 0; t < length; t++) {
        int row = s * length + t;
        x[s][t] = embed(p, batch.input(row), t);
        present[s][t] = batch.present(row);
        if (cross) {
          encoded[s][t] = embed(p, batch.source(row), t);
          sourcePresent[s][t] = batch.sourcePresent(row);
        }
      }
      if (!config.norm().before()) {
        x[s] = norm(p, x[s], ModelTensors.EMBEDDING_NORM);
        encoded[s] = cross ? norm(p, encoded[s], ModelTensors.EMBEDDING_NORM) : null;
      }
    }
    if (cross) {
      String table = ModelTensors.ENCODER_POSITION_BIAS;
      for (int l = 0; l < config.layers(); l++) {
        block(p, encoded, ModelTensors.encoderLayer(l), false, sourcePresent, table, null, null);
      }
      for (int s = 0; s < sequences; s++) {
        encoded[s] = last(p, encoded[s], ModelTensors.ENCODER_FINAL_NORM);
      }
    }
    boolean causal = config.stack() != Stack.ENCODER;
    boolean[][] masked = causal ? null : present;
    String table = ModelTensors.POSITION_BIAS;
    for (int l = 0; l < config.layers(); l++) {
      BlockTensors names = ModelTensors.layer(l);
      block(p, x, names, causal, masked, table, cross ? encoded : null, sourcePresent);
    }
    if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      return classes(p, x, present);
    }
    int ahead = Math.max(1, config.predictedTokens());
    double[][] answers = new double[ahead * sequences * length][];
    for (int k = 0; k < ahead; k++) {
      double[][][] y = x.clone();
      if (k > 0) {
        block(p, y, ModelTensors.aheadLayer(k), causal, masked, table, null, null);
      }
      for (int s = 0; s < sequences; s++) {
        double[][] logits = logits(p, last(p, y[s], ModelTensors.FINAL_NORM));
        System.arraycopy(logits, 0, answers, (k * sequences + s) * length, length);
      }
    }
    return answers;
  }

  /** Logits of one sequence of a causal language model, (T, V). */
  public double[][] logits(double[] p, int[] tokens) {
    TokenBatch batch = new TokenBatch(1, tokens.length);
    for (int t = 0; t < tokens.length; t++) {
      batch.setInput(0, t, tokens[t]);
    }
    return answers(p, batch);
  }

  /** Mean nats over the batch's targets, and what experts add. */
  public double loss(double[] p, TokenBatch batch) {
    double[][] answers = answers(p, batch);
    double total = 0;
    int count = 0;
    for (int slot = 0; slot < batch.slots(); slot++) {
      if (batch.target(slot) != TokenBatch.NO_TARGET) {
        double sum = 0;
        for (double logit : answers[slot]) {
          sum += Math.exp(logit);
        }
        total += Math.log(sum) - answers[slot][batch.target(slot)];
        count++;
      }
    }
    return total / count + balance;
  }

  /** What experts added in the last forward pass. */
  public double balanceLoss() {
    return balance;
  }

  /** Derivative of {@link #loss} by each trainable parameter, by central differences. */
  public double[] gradient(double[] p, TokenBatch batch) {
    double[] moved = p.clone();
    double[] gradient = new double[p.length];
    for (TensorSpec tensor : layout.trainableTensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        moved[i] = p[i] + DIFFERENCE;
        double above = loss(moved, batch);
        moved[i] = p[i] - DIFFERENCE;
        double below = loss(moved, batch);
        moved[i] = p[i];
        gradient[i] = (above - below) / (2 * DIFFERENCE);
      }
    }
    return gradient;
  }

  private double[] embed(double[] p, int token, int position) {
    int d = config.width();
    double[] x = new double[d];
    for (int i = 0; i < d; i++) {
      double value = p[at(ModelTensors.TOKEN_EMBEDDING) + token * d + i];
      if (config.position().kind() == PositionRules.Kind.LEARNED) {
        value += p[at(ModelTensors.POSITION_EMBEDDING) + position * d + i];
      } else if (config.position().kind() == PositionRules.Kind.SINUSOIDAL) {
        double angle = position / Math.pow(10_000, 2 * Math.floor(i / 2.0) / d);
        value = value * Math.sqrt(d) + (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
      }
      x[i] = value;
    }
    return x;
  }

  private double[][] last(double[] p, double[][] x, String name) {
    return config.norm().before() ? norm(p, x, name) : x;
  }

  private double[][] logits(double[] p, double[][] x) {
    if (!config.head().tied()) {
      return linear(p, x, ModelTensors.HEAD);
    }
    int d = config.width();
    double[][] logits = new double[x.length][config.vocabularySize()];
    for (int t = 0; t < x.length; t++) {
      for (int v = 0; v < config.vocabularySize(); v++) {
        for (int i = 0; i < d; i++) {
          logits[t][v] += x[t][i] * p[at(ModelTensors.TOKEN_EMBEDDING) + v * d + i];
        }
      }
    }
    return logits;
  }

  private double[][] classes(double[] p, double[][][] x, boolean[][] present) {
    double[][] pooled = new double[x.length][config.width()];
    for (int s = 0; s < x.length; s++) {
      double[][] y = last(p, x[s], ModelTensors.FINAL_NORM);
      int count = 0;
      for (int t = 0; t < y.length; t++) {
        boolean counts =
            config.head().pooling() == HeadRules.Pooling.FIRST ? t == 0 : present[s][t];
        if (counts) {
          count++;
          pooled[s] = plus(pooled[s], y[t]);
        }
      }
      for (int i = 0; i < pooled[s].length; i++) {
        pooled[s][i] /= Math.max(1, count);
      }
    }
    return linear(p, pooled, ModelTensors.CLASSIFIER);
  }

  /** Replaces each sequence of {@code x}. */
  private void block(
      double[] p,
      double[][][] x,
      BlockTensors names,
      boolean causal,
      boolean[][] present,
      String biasTable,
      double[][][] encoded,
      boolean[][] encodedPresent) {
    boolean before = config.norm().before();
    double[][][] fed = new double[x.length][][];
    for (int s = 0; s < x.length; s++) {
      double[][] n = before ? norm(p, x[s], names.attentionNorm()) : x[s];
      boolean[] there = present == null ? null : present[s];
      double[][] y = sum(x[s], self(p, n, names, causal, there, biasTable));
      y = before ? y : norm(p, y, names.attentionNorm());
      if (encoded != null) {
        double[][] asking = before ? norm(p, y, names.crossNorm()) : y;
        y = sum(y, cross(p, asking, encoded[s], names, encodedPresent[s]));
        y = before ? y : norm(p, y, names.crossNorm());
      }
      x[s] = y;
      fed[s] = before ? norm(p, y, names.feedForwardNorm()) : y;
    }
    boolean mixed = config.feedForward().kind() == FeedForwardRules.Kind.EXPERTS;
    double[][][] out = mixed ? experts(p, fed, names, present) : new double[x.length][][];
    for (int s = 0; s < x.length; s++) {
      double[][] added = out[s] != null ? out[s] : feedForward(p, fed[s], names);
      double[][] z = sum(x[s], added);
      x[s] = before ? z : norm(p, z, names.feedForwardNorm());
    }
  }

  private double[][][] experts(
      double[] p, double[][][] x, BlockTensors names, boolean[][] present) {
    FeedForwardRules rules = config.feedForward();
    double[][] rows = flat(x);
    boolean[] there = new boolean[rows.length];
    for (int row = 0; row < rows.length; row++) {
      there[row] = present == null || present[row / x[0].length][row % x[0].length];
    }
    int d = config.width();
    NaiveExperts oracle =
        new NaiveExperts(
            rows.length,
            d,
            rules.experts(),
            config.feedForwardWidth(),
            rules.topK(),
            rules.capacityFactor() == null ? 1e9 : rules.capacityFactor(),
            rules.balanceWeight());
    double[] y =
        oracle.output(
            joined(rows),
            joined(linear(p, rows, names.router())),
            values(p, ModelTensors.weight(names.feedForwardInput())),
            values(p, ModelTensors.weight(names.feedForwardOutput())),
            there);
    balance += oracle.balanceLoss;
    double[][][] out = new double[x.length][x[0].length][];
    for (int row = 0; row < rows.length; row++) {
      out[row / x[0].length][row % x[0].length] = cut(y, row * d, d);
    }
    return out;
  }

  private double[] values(double[] p, String tensor) {
    return cut(p, at(tensor), tensors.get(tensor).size());
  }

  private static double[] joined(double[][] rows) {
    double[] all = new double[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, all, row * rows[row].length, rows[row].length);
    }
    return all;
  }

  private static double[][] flat(double[][][] x) {
    double[][] rows = new double[x.length * x[0].length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = x[i / x[0].length][i % x[0].length];
    }
    return rows;
  }

  private double[][] feedForward(double[] p, double[][] x, BlockTensors names) {
    double[][] h = linear(p, x, names.feedForwardInput());
    int f = config.feedForwardWidth();
    double[][] inner = new double[h.length][f];
    for (int t = 0; t < h.length; t++) {
      for (int i = 0; i < f; i++) {
        inner[t][i] =
            switch (config.feedForward().kind()) {
              case GELU -> geluTanh(h[t][i]);
              case GELU_ERF -> h[t][i] * normalDistribution(h[t][i]);
              case SWIGLU -> h[t][i] / (1 + Math.exp(-h[t][i])) * h[t][f + i];
              case EXPERTS -> throw new IllegalStateException();
            };
      }
    }
    return linear(p, inner, names.feedForwardOutput());
  }

  private static double geluTanh(double v) {
    return 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
  }

  /** Φ by its Taylor series around 0, which converges everywhere: exact enough below |x| = 6. */
  static double normalDistribution(double x) {
    double sum = x;
    double term = x;
    for (int i = 3; i < 200; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private double[][] self(
      double[] p,
      double[][] x,
      BlockTensors names,
      boolean causal,
      boolean[] present,
      String biasTable) {
    int heads = config.heads();
    int size = config.headWidth();
    int shared = config.keyValueHeads();
    int length = x.length;
    double[][][] q = new double[heads][length][];
    double[][][] k = new double[heads][length][];
    double[][][] v = new double[heads][length][];
    if (config.attention().kind() == AttentionRules.Kind.LATENT) {
      latent(p, x, names, q, k, v);
    } else {
      double[][] joined = linear(p, x, names.attentionInput());
      for (int h = 0; h < heads; h++) {
        int group = h / (heads / shared);
        for (int t = 0; t < length; t++) {
          q[h][t] = turned(cut(joined[t], h * size, size), t);
          k[h][t] = turned(cut(joined[t], (heads + group) * size, size), t);
          v[h][t] = cut(joined[t], (heads + shared + group) * size, size);
        }
      }
    }
    double[][] mixed = new double[length][heads * size];
    for (int h = 0; h < heads; h++) {
      for (int t = 0; t < length; t++) {
        double[] scores = new double[length];
        boolean[] seen = new boolean[length];
        for (int u = 0; u < length; u++) {
          seen[u] = sees(t, u, causal) && (present == null || present[u]);
          scores[u] = dot(q[h][t], k[h][u]) / Math.sqrt(q[h][t].length);
          if (config.position().kind() == PositionRules.Kind.RELATIVE) {
            int bucket = config.position().bucket(u - t, !causal);
            scores[u] += p[at(biasTable) + bucket * heads + h];
          }
        }
        mix(scores, seen, v[h], mixed[t], h * size);
      }
    }
    return linear(p, mixed, names.attentionOutput());
  }

  private boolean sees(int t, int u, boolean causal) {
    if (causal && u > t) {
      return false;
    }
    AttentionRules rules = config.attention();
    return switch (rules.pattern()) {
      case FULL -> true;
      case LOCAL -> Math.abs(t - u) < rules.window();
      case STRIDED -> Math.abs(t - u) < rules.stride() || (t - u) % rules.stride() == 0;
      case BLOCK_SPARSE ->
          Math.abs(t / rules.blockLength() - u / rules.blockLength()) <= 1
              || t < rules.globalTokens()
              || u < rules.globalTokens();
    };
  }

  private void latent(
      double[] p,
      double[][] x,
      BlockTensors names,
      double[][][] q,
      double[][][] k,
      double[][][] v) {
    int size = config.headWidth();
    int latent = config.attention().latentWidth();
    int rotary = config.rotaryWidth();
    double[][] queries = linear(p, x, names.attentionQuery());
    double[][] compressed = linear(p, x, names.attentionLatent());
    double[][] content = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      content[t] = cut(compressed[t], 0, latent);
    }
    double[][] up = linear(p, content, names.attentionLatentUp());
    for (int h = 0; h < config.heads(); h++) {
      for (int t = 0; t < x.length; t++) {
        double[] plain = cut(queries[t], h * (size + rotary), size);
        double[] moving = cut(queries[t], h * (size + rotary) + size, rotary);
        q[h][t] = join(plain, turned(moving, t));
        double[] key = cut(up[t], h * size, size);
        k[h][t] = join(key, turned(cut(compressed[t], latent, rotary), t));
        v[h][t] = cut(up[t], (config.heads() + h) * size, size);
      }
    }
  }

  private double[][] cross(
      double[] p, double[][] x, double[][] encoded, BlockTensors names, boolean[] present) {
    int heads = config.heads();
    int size = config.headWidth();
    int shared = config.keyValueHeads();
    double[][] queries = linear(p, x, names.crossQuery());
    double[][] joined = linear(p, encoded, names.crossInput());
    double[][] mixed = new double[x.length][heads * size];
    for (int h = 0; h < heads; h++) {
      int group = h / (heads / shared);
      double[][] v = new double[encoded.length][];
      for (int t = 0; t < x.length; t++) {
        double[] scores = new double[encoded.length];
        for (int u = 0; u < encoded.length; u++) {
          double[] key = cut(joined[u], group * size, size);
          v[u] = cut(joined[u], (shared + group) * size, size);
          scores[u] = dot(cut(queries[t], h * size, size), key) / Math.sqrt(size);
        }
        mix(scores, present, v, mixed[t], h * size);
      }
    }
    return linear(p, mixed, names.crossOutput());
  }

  private static void mix(
      double[] scores, boolean[] seen, double[][] values, double[] out, int from) {
    double total = 0;
    double[] weights = new double[scores.length];
    for (int u = 0; u < scores.length; u++) {
      weights[u] = seen[u] ? Math.exp(scores[u]) : 0;
      total += weights[u];
    }
    for (int u = 0; u < scores.length && total > 0; u++) {
      for (int i = 0; i < values[u].length; i++) {
        out[from + i] += weights[u] / total * values[u][i];
      }
    }
  }

  /** Rotation of pairs (i, i + s/2) by position · base^(−2i/s), with position scaled. */
  private double[] turned(double[] x, int position) {
    if (config.position().kind() != PositionRules.Kind.ROTARY) {
      return x;
    }
    PositionRules rules = config.position();
    int s = x.length;
    double base = rules.base();
    double at = position;
    if (rules.scaling() == PositionRules.Scaling.LINEAR) {
      at = position / rules.factor();
    } else if (rules.scaling() == PositionRules.Scaling.NTK && s > 2) {
      base *= Math.pow(rules.factor(), s / (s - 2.0));
    }
    double[] y = new double[s];
    for (int i = 0; i < s / 2; i++) {
      double angle = at / Math.pow(base, 2.0 * i / s);
      y[i] = x[i] * Math.cos(angle) - x[i + s / 2] * Math.sin(angle);
      y[i + s / 2] = x[i + s / 2] * Math.cos(angle) + x[i] * Math.sin(angle);
    }
    return y;
  }

  private double[][] norm(double[] p, double[][] x, String name) {
    double[][] out = new double[x.length][];
    boolean centred = config.norm().kind() == NormRules.Kind.LAYER_NORM;
    for (int t = 0; t < x.length; t++) {
      int d = x[t].length;
      double mean = 0;
      for (double v : x[t]) {
        mean += centred ? v / d : 0;
      }
      double square = 0;
      for (double v : x[t]) {
        square += (v - mean) * (v - mean) / d;
      }
      out[t] = new double[d];
      for (int i = 0; i < d; i++) {
        out[t][i] =
            (x[t][i] - mean)
                    / Math.sqrt(square + config.norm().epsilon())
                    * p[at(ModelTensors.gain(name)) + i]
                + (centred ? p[at(ModelTensors.bias(name)) + i] : 0);
      }
    }
    return out;
  }

  private double[][] linear(double[] p, double[][] x, String name) {
    TensorSpec weight = tensors.get(ModelTensors.weight(name));
    double[][] out = product(p, x, weight);
    TensorSpec down = tensors.get(ModelTensors.loraDown(name));
    if (down != null) {
      double[][] added = product(p, product(p, x, down), tensors.get(ModelTensors.loraUp(name)));
      double scale = config.tuning().alpha() / config.tuning().rank();
      for (int t = 0; t < out.length; t++) {
        for (int j = 0; j < out[t].length; j++) {
          out[t][j] += scale * added[t][j];
        }
      }
    }
    TensorSpec bias = tensors.get(ModelTensors.bias(name));
    for (int t = 0; t < out.length && bias != null; t++) {
      for (int j = 0; j < out[t].length; j++) {
        out[t][j] += p[(int) bias.offset() + j];
      }
    }
    return out;
  }

  private static double[][] product(double[] p, double[][] x, TensorSpec matrix) {
    int columns = matrix.shape().get(1);
    double[][] out = new double[x.length][columns];
    for (int t = 0; t < x.length; t++) {
      for (int j = 0; j < columns; j++) {
        for (int i = 0; i < x[t].length; i++) {
          out[t][j] += x[t][i] * p[(int) matrix.offset() + i * columns + j];
        }
      }
    }
    return out;
  }

  private int at(String tensor) {
    return (int) tensors.get(tensor).offset();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] cut(double[] x, int from, int count) {
    double[] part = new double[count];
    System.arraycopy(x, from, part, 0, count);
    return part;
  }

  private static double[] join(double[] a, double[] b) {
    double[] both = new double[a.length + b.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] out = new double[a.length][];
    for (int t = 0; t < a.length; t++) {
      out[t] = plus(a[t], b[t]);
    }
    return out;
  }
}
