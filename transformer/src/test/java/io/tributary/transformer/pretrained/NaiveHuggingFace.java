package io.tributary.transformer.pretrained;

/**
 * GPT-2's and Llama's forward passes as Hugging Face's library writes them, in plain double loops
 * over the files' own tensors and names: what an import must come to, whatever our layout is.
 */
final class NaiveHuggingFace {
  private final HuggingFaceFiles files;

  NaiveHuggingFace(HuggingFaceFiles files) {
    this.files = files;
  }

  /** Logits of every position, by the sizes of {@link HuggingFaceFiles#GPT2}. */
  double[][] gpt2(int[] ids) {
    double[][] x = rows("wte.weight", ids);
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += files.at("wpe.weight", t, i);
      }
    }
    for (int layer = 0; layer < 2; layer++) {
      String name = "h." + layer + ".";
      double[][] qkv = conv1d(layerNorm(x, name + "ln_1"), name + "attn.c_attn");
      double[][] attended = new double[ids.length][8];
      for (int head = 0; head < 2; head++) {
        attend(
            columns(qkv, head * 4, 4),
            columns(qkv, 8 + head * 4, 4),
            columns(qkv, 16 + head * 4, 4),
            attended,
            head * 4);
      }
      add(x, conv1d(attended, name + "attn.c_proj"));
      double[][] inner = conv1d(layerNorm(x, name + "ln_2"), name + "mlp.c_fc");
      for (double[] row : inner) {
        for (int i = 0; i < row.length; i++) {
          double u = row[i];
          row[i] = 0.5 * u * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u * u * u)));
        }
      }
      add(x, conv1d(inner, name + "mlp.c_proj"));
    }
    return linear(layerNorm(x, "ln_f"), "wte.weight");
  }

  /** Logits of every position, by the sizes of {@link HuggingFaceFiles#LLAMA}. */
  double[][] llama(int[] ids) {
    double[][] x = rows("model.embed_tokens.weight", ids);
    for (int layer = 0; layer < 2; layer++) {
      String name = "model.layers." + layer + ".";
      double[][] in = rmsNorm(x, name + "input_layernorm.weight");
      double[][] queries = linear(in, name + "self_attn.q_proj.weight");
      double[][] keys = linear(in, name + "self_attn.k_proj.weight");
      double[][] values = linear(in, name + "self_attn.v_proj.weight");
      double[][] attended = new double[ids.length][16];
      for (int head = 0; head < 4; head++) {
        int shared = head / 2; // repeat_kv: neighbouring heads share
        attend(
            rotated(columns(queries, head * 4, 4)),
            rotated(columns(keys, shared * 4, 4)),
            columns(values, shared * 4, 4),
            attended,
            head * 4);
      }
      add(x, linear(attended, name + "self_attn.o_proj.weight"));
      double[][] normed = rmsNorm(x, name + "post_attention_layernorm.weight");
      double[][] gate = linear(normed, name + "mlp.gate_proj.weight");
      double[][] up = linear(normed, name + "mlp.up_proj.weight");
      for (int t = 0; t < gate.length; t++) {
        for (int i = 0; i < gate[t].length; i++) {
          up[t][i] *= gate[t][i] / (1 + Math.exp(-gate[t][i]));
        }
      }
      add(x, linear(up, name + "mlp.down_proj.weight"));
    }
    return linear(rmsNorm(x, "model.norm.weight"), "lm_head.weight");
  }

  /** x·cos + rotate_half(x)·sin, base 5000. */
  private static double[][] rotated(double[][] x) {
    double[][] turned = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      int size = x[t].length;
      turned[t] = new double[size];
      for (int i = 0; i < size; i++) {
        int pair = i % (size / 2);
        double angle = t / Math.pow(5000, 2.0 * pair / size);
        double half = i < size / 2 ? -x[t][i + size / 2] : x[t][i - size / 2];
        turned[t][i] = x[t][i] * Math.cos(angle) + half * Math.sin(angle);
      }
    }
    return turned;
  }

  private static void attend(double[][] q, double[][] k, double[][] v, double[][] into, int at) {
    for (int query = 0; query < q.length; query++) {
      double[] scores = new double[query + 1];
      double total = 0;
      for (int key = 0; key <= query; key++) {
        double dot = 0;
        for (int i = 0; i < q[query].length; i++) {
          dot += q[query][i] * k[key][i];
        }
        scores[key] = Math.exp(dot / Math.sqrt(q[query].length));
        total += scores[key];
      }
      for (int key = 0; key <= query; key++) {
        for (int i = 0; i < v[key].length; i++) {
          into[query][at + i] += scores[key] / total * v[key][i];
        }
      }
    }
  }

  private double[][] rows(String name, int[] ids) {
    double[][] rows = new double[ids.length][files.columns(name)];
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < rows[t].length; i++) {
        rows[t][i] = files.at(name, ids[t], i);
      }
    }
    return rows;
  }

  /** nn.Linear without bias: stored (out, in). */
  private double[][] linear(double[][] x, String name) {
    double[][] y = new double[x.length][files.rows(name)];
    for (int t = 0; t < x.length; t++) {
      for (int out = 0; out < y[t].length; out++) {
        for (int in = 0; in < x[t].length; in++) {
          y[t][out] += x[t][in] * files.at(name, out, in);
        }
      }
    }
    return y;
  }

  /** GPT-2's Conv1D: stored (in, out), with a bias. */
  private double[][] conv1d(double[][] x, String name) {
    double[][] y = new double[x.length][files.columns(name + ".weight")];
    for (int t = 0; t < x.length; t++) {
      for (int out = 0; out < y[t].length; out++) {
        y[t][out] = files.at(name + ".bias", out);
        for (int in = 0; in < x[t].length; in++) {
          y[t][out] += x[t][in] * files.at(name + ".weight", in, out);
        }
      }
    }
    return y;
  }

  private double[][] layerNorm(double[][] x, String name) {
    double[][] y = new double[x.length][8];
    for (int t = 0; t < x.length; t++) {
      double mean = 0;
      double variance = 0;
      for (double value : x[t]) {
        mean += value / 8;
      }
      for (double value : x[t]) {
        variance += (value - mean) * (value - mean) / 8;
      }
      for (int i = 0; i < 8; i++) {
        y[t][i] =
            (x[t][i] - mean) / Math.sqrt(variance + 1e-5) * files.at(name + ".weight", i)
                + files.at(name + ".bias", i);
      }
    }
    return y;
  }

  private double[][] rmsNorm(double[][] x, String name) {
    double[][] y = new double[x.length][x[0].length];
    for (int t = 0; t < x.length; t++) {
      double square = 0;
      for (double value : x[t]) {
        square += value * value / x[t].length;
      }
      for (int i = 0; i < x[t].length; i++) {
        y[t][i] = x[t][i] / Math.sqrt(square + 1e-6) * files.at(name, i);
      }
    }
    return y;
  }

  private static double[][] columns(double[][] x, int from, int count) {
    double[][] columns = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      columns[t] = java.util.Arrays.copyOfRange(x[t], from, from + count);
    }
    return columns;
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += y[t][i];
      }
    }
  }
}
