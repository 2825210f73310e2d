package io.tributary.transformer.mapping;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;

/**
 * Names and places of GPT-2's tensors in Hugging Face's files: linear layers are (in, out) as ours,
 * except for a head of its own, and queries, keys and values are one matrix.
 */
public final class Gpt2Tensors {
  /** Where names begin in files of the language model; those of the bare model begin without. */
  public static final String PREFIX = "transformer.";

  /** A head that is not tied. */
  public static final String HEAD = "lm_head.weight";

  private Gpt2Tensors() {}

  /** Where all tensors of block {@code layer} begin, behind the prefix. */
  public static String layer(int layer) {
    return "h." + layer + ".";
  }

  /**
   * Tells a model's tensors.
   *
   * @param prefix {@link #PREFIX} or nothing
   */
  public static void describe(TransformerConfig model, String prefix, TensorMapping to) {
    to.matrix(prefix + "wte.weight", ModelTensors.TOKEN_EMBEDDING, false);
    to.rows(prefix + "wpe.weight", ModelTensors.POSITION_EMBEDDING);
    for (int layer = 0; layer < model.layers(); layer++) {
      String from = prefix + layer(layer);
      BlockTensors names = ModelTensors.layer(layer);
      norm(to, from + "ln_1", names.attentionNorm());
      linear(to, from + "attn.c_attn", names.attentionInput());
      linear(to, from + "attn.c_proj", names.attentionOutput());
      norm(to, from + "ln_2", names.feedForwardNorm());
      linear(to, from + "mlp.c_fc", names.feedForwardInput());
      linear(to, from + "mlp.c_proj", names.feedForwardOutput());
    }
    norm(to, prefix + "ln_f", ModelTensors.FINAL_NORM);
    if (model.head().languageModel() && !model.head().tied()) {
      to.matrix(HEAD, ModelTensors.weight(ModelTensors.HEAD), true);
    }
  }

  private static void linear(TensorMapping to, String theirs, String ours) {
    to.matrix(theirs + ".weight", ModelTensors.weight(ours), false);
    to.vector(theirs + ".bias", ModelTensors.bias(ours));
  }

  private static void norm(TensorMapping to, String theirs, String ours) {
    to.vector(theirs + ".weight", ModelTensors.gain(ours));
    to.vector(theirs + ".bias", ModelTensors.bias(ours));
  }
}
