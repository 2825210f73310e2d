package io.tributary.transformer.export;

import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.mapping.LlamaTensors;
import io.tributary.transformer.tokens.ByteTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The tensors of a Llama model of bytes by llama.cpp's names, made of those of Hugging Face's file.
 *
 * <p><b>Rotary.</b> llama.cpp turns neighbours (2i, 2i + 1) of a head where Hugging Face's files
 * and ours turn (i, i + s/2): the rows of queries and keys are put in that order. Scores are sums
 * over a head's columns, so that no order changes them.
 *
 * <p><b>One more token.</b> llama.cpp needs an end token that is not text, and our byte 0xC1 is
 * text to it. So token 256 is added, and is to it what 0xC1 is to us: it has 0xC1's rows of
 * embedding and output, and wins exactly where 0xC1 would. 0xC1 itself, which occurs in no UTF-8,
 * gets the mean of all other bytes' output rows: its logit is their mean, and a mean is never above
 * the largest.
 */
final class GgufTensors {
  /** Number of tokens: the bytes and an end. */
  static final int TOKENS = 257;

  private static final String OUTPUT = "output.weight";
  private static final String QUERIES = "self_attn.q_proj.weight";
  private static final String KEYS = "self_attn.k_proj.weight";

  /** Their names within a block by Hugging Face's. */
  private static final List<Map.Entry<String, String>> OF_BLOCK =
      List.of(
          Map.entry("input_layernorm.weight", "attn_norm.weight"),
          Map.entry(QUERIES, "attn_q.weight"),
          Map.entry(KEYS, "attn_k.weight"),
          Map.entry("self_attn.v_proj.weight", "attn_v.weight"),
          Map.entry("self_attn.o_proj.weight", "attn_output.weight"),
          Map.entry("post_attention_layernorm.weight", "ffn_norm.weight"),
          Map.entry("mlp.gate_proj.weight", "ffn_gate.weight"),
          Map.entry("mlp.up_proj.weight", "ffn_up.weight"),
          Map.entry("mlp.down_proj.weight", "ffn_down.weight"));

  private GgufTensors() {}

  /**
   * Lists them.
   *
   * @param config of Llama's kind
   * @param weights flat vector in layout order
   */
  static List<ExportTensor> of(TransformerConfig config, float[] weights) {
    Map<String, ExportTensor> theirs =
        HuggingFaceDirectory.tensors(Twin.LLAMA, config, weights).stream()
            .collect(Collectors.toMap(ExportTensor::name, Function.identity()));
    ExportTensor embedding = theirs.get("model.embed_tokens.weight");
    ExportTensor head = config.head().tied() ? embedding : theirs.get(LlamaTensors.HEAD);
    List<ExportTensor> tensors = new ArrayList<>();
    tensors.add(withEnd(embedding).named("token_embd.weight"));
    for (int layer = 0; layer < config.layers(); layer++) {
      for (Map.Entry<String, String> name : OF_BLOCK) {
        ExportTensor tensor = theirs.get(LlamaTensors.layer(layer) + name.getKey());
        if (name.getKey().equals(QUERIES) || name.getKey().equals(KEYS)) {
          tensor = tensor.reordered(neighbours(tensor.rows(), config.headWidth()));
        }
        tensors.add(tensor.named("blk." + layer + "." + name.getValue()));
      }
    }
    tensors.add(theirs.get("model.norm.weight").named("output_norm.weight"));
    tensors.add(output(head));
    return tensors;
  }

  /**
   * Where the rows of queries or keys come from, so that pairs become neighbours.
   *
   * @param rows all heads'
   * @param width s, of a head
   */
  static int[] neighbours(int rows, int width) {
    int[] order = new int[rows];
    for (int row = 0; row < rows; row++) {
      int within = row % width;
      order[row] = row - within + within / 2 + within % 2 * (width / 2);
    }
    return order;
  }

  private static ExportTensor withEnd(ExportTensor bytes) {
    return new ExportTensor(
        bytes.name(),
        List.of(TOKENS, bytes.columns()),
        (row, into) -> bytes.source().read(row == TOKENS - 1 ? ByteTokenizer.END : row, into));
  }

  private static ExportTensor output(ExportTensor head) {
    float[] mean = mean(head);
    ExportTensor rows = withEnd(head);
    return new ExportTensor(
        OUTPUT,
        rows.shape(),
        (row, into) -> {
          if (row == ByteTokenizer.END) {
            System.arraycopy(mean, 0, into, 0, mean.length);
          } else {
            rows.source().read(row, into);
          }
        });
  }

  /** The mean of all rows but the end's. */
  private static float[] mean(ExportTensor head) {
    double[] sums = new double[head.columns()];
    float[] values = new float[head.columns()];
    for (int row = 0; row < head.rows(); row++) {
      if (row != ByteTokenizer.END) {
        head.source().read(row, values);
        for (int i = 0; i < sums.length; i++) {
          sums[i] += values[i];
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      values[i] = (float) (sums[i] / (head.rows() - 1));
    }
    return values;
  }
}
