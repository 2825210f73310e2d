package io.tributary.transformer.mapping;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Names and places of BERT's tensors: queries, keys and values are matrices of their own, and the
 * embedding of token type 0, which every text of one part has everywhere, is added to each
 * position's.
 *
 * @param prefix where names begin: {@code bert.} in files of a model with a head, else nothing
 * @param matrixOfBias gives the matrix that belongs to a bias
 * @param transposed whether linear layers are (out, in), as PyTorch has them
 * @param gain how a norm's gain is called
 * @param shift how a norm's bias is called
 */
public record BertTensors(
    String prefix,
    UnaryOperator<String> matrixOfBias,
    boolean transposed,
    String gain,
    String shift) {
  /** Segments that a text may have. */
  public static final int TOKEN_TYPES = 2;

  private static final String BIAS = ".bias";
  private static final String WEIGHT = ".weight";

  /** Files of the bare model as Hugging Face writes them. */
  public static final BertTensors BARE = named("", false);

  /**
   * Files as PyTorch writes them: matrices are named after their biases and stored (out, in).
   *
   * @param old whether norms are named as before 2020: gamma and beta
   */
  public static BertTensors named(String prefix, boolean old) {
    return new BertTensors(
        prefix,
        bias -> bias.substring(0, bias.length() - BIAS.length()) + WEIGHT,
        true,
        old ? ".gamma" : WEIGHT,
        old ? ".beta" : BIAS);
  }

  /** Files whose matrices have names that say nothing, stored (in, out). */
  public static BertTensors anonymous(UnaryOperator<String> matrixOfBias) {
    return new BertTensors("", matrixOfBias, false, WEIGHT, BIAS);
  }

  /** Tells a model's tensors. */
  public void describe(TransformerConfig model, TensorMapping to) {
    int width = model.width();
    String embeddings = prefix + "embeddings.";
    to.matrix(embeddings + "word_embeddings.weight", ModelTensors.TOKEN_EMBEDDING, false);
    to.rows(embeddings + "position_embeddings.weight", ModelTensors.POSITION_EMBEDDING);
    to.firstRowAdded(
        embeddings + "token_type_embeddings.weight", ModelTensors.POSITION_EMBEDDING, TOKEN_TYPES);
    norm(to, embeddings + "LayerNorm", ModelTensors.EMBEDDING_NORM);
    for (int layer = 0; layer < model.layers(); layer++) {
      String from = prefix + "encoder.layer." + layer + ".";
      BlockTensors names = ModelTensors.layer(layer);
      List<String> parts = List.of("query", "key", "value");
      for (int part = 0; part < parts.size(); part++) {
        String bias = from + "attention.self." + parts.get(part) + BIAS;
        to.vector(bias, ModelTensors.bias(names.attentionInput()), part * width, width);
        to.matrix(
            matrixOfBias.apply(bias),
            ModelTensors.weight(names.attentionInput()),
            part * width,
            width,
            transposed);
      }
      linear(to, from + "attention.output.dense", names.attentionOutput());
      norm(to, from + "attention.output.LayerNorm", names.attentionNorm());
      linear(to, from + "intermediate.dense", names.feedForwardInput());
      linear(to, from + "output.dense", names.feedForwardOutput());
      norm(to, from + "output.LayerNorm", names.feedForwardNorm());
    }
  }

  private void linear(TensorMapping to, String theirs, String ours) {
    String bias = theirs + BIAS;
    to.vector(bias, ModelTensors.bias(ours));
    to.matrix(matrixOfBias.apply(bias), ModelTensors.weight(ours), transposed);
  }

  private void norm(TensorMapping to, String theirs, String ours) {
    to.vector(theirs + gain, ModelTensors.gain(ours));
    to.vector(theirs + shift, ModelTensors.bias(ours));
  }
}
