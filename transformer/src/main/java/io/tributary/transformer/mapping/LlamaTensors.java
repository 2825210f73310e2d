package io.tributary.transformer.mapping;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;

/**
 * Names and places of the tensors of Llama's kind in Hugging Face's files: linear layers are (out,
 * in), and queries, keys, values, gate and up are matrices of their own.
 *
 * <p>Rotary layout: the columns of a head are such that position turns the pairs (i, i + s/2) of
 * its s columns ("rotate half"), not the neighbours (2i, 2i + 1) of the paper. Ours turn the same
 * pairs, so that columns are taken as they are.
 */
public final class LlamaTensors {
  /** A head that is not tied. */
  public static final String HEAD = "lm_head.weight";

  private LlamaTensors() {}

  /** Where all tensors of block {@code layer} begin. */
  public static String layer(int layer) {
    return "model.layers." + layer + ".";
  }

  /** Tells a model's tensors. */
  public static void describe(TransformerConfig model, TensorMapping to) {
    to.matrix("model.embed_tokens.weight", ModelTensors.TOKEN_EMBEDDING, false);
    int queries = model.width();
    int shared = model.keyValueHeads() * model.headWidth();
    int inner = model.feedForwardWidth();
    for (int layer = 0; layer < model.layers(); layer++) {
      String from = layer(layer);
      BlockTensors names = ModelTensors.layer(layer);
      to.vector(from + "input_layernorm.weight", ModelTensors.gain(names.attentionNorm()));
      String input = ModelTensors.weight(names.attentionInput());
      to.matrix(from + "self_attn.q_proj.weight", input, 0, queries, true);
      to.matrix(from + "self_attn.k_proj.weight", input, queries, shared, true);
      to.matrix(from + "self_attn.v_proj.weight", input, queries + shared, shared, true);
      to.matrix(
          from + "self_attn.o_proj.weight", ModelTensors.weight(names.attentionOutput()), true);
      to.vector(
          from + "post_attention_layernorm.weight", ModelTensors.gain(names.feedForwardNorm()));
      String gateAndUp = ModelTensors.weight(names.feedForwardInput());
      to.matrix(from + "mlp.gate_proj.weight", gateAndUp, 0, inner, true);
      to.matrix(from + "mlp.up_proj.weight", gateAndUp, inner, inner, true);
      to.matrix(
          from + "mlp.down_proj.weight", ModelTensors.weight(names.feedForwardOutput()), true);
    }
    to.vector("model.norm.weight", ModelTensors.gain(ModelTensors.FINAL_NORM));
    if (model.head().languageModel() && !model.head().tied()) {
      to.matrix(HEAD, ModelTensors.weight(ModelTensors.HEAD), true);
    }
  }
}
