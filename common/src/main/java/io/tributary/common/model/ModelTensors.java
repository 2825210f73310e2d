package io.tributary.common.model;

/**
 * The names of a transformer's tensors: written once here, read by the layout, by every engine and
 * by whoever imports or exports weights.
 */
public final class ModelTensors {
  /** (V, d): input embedding and, transposed, a tied output head. */
  public static final String TOKEN_EMBEDDING = "token.embedding";

  /** (T, d): added to the token embedding by position. */
  public static final String POSITION_EMBEDDING = "position.embedding";

  /** (buckets, H): added to the scores of all layers of the only stack, or of the decoder. */
  public static final String POSITION_BIAS = "position.bias";

  /** (buckets, H): the same of an encoder that feeds a decoder. */
  public static final String ENCODER_POSITION_BIAS = "encoder.position.bias";

  /** Norm after the embeddings. */
  public static final String EMBEDDING_NORM = "embedding.norm";

  /** Norm of an encoder that feeds a decoder. */
  public static final String ENCODER_FINAL_NORM = "encoder.final.norm";

  /** Norm before the output head. */
  public static final String FINAL_NORM = "final.norm";

  /** (d, V): a head that is not tied. */
  public static final String HEAD = "head";

  /** (d, C): of a classifier. */
  public static final String CLASSIFIER = "classifier";

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String GAIN = ".gain";

  private ModelTensors() {}

  /** The names of a block of the only stack, or of the decoder. */
  public static BlockTensors layer(int layer) {
    return new BlockTensors("layer." + layer);
  }

  /** The names of a block of an encoder that feeds a decoder. */
  public static BlockTensors encoderLayer(int layer) {
    return new BlockTensors("encoder.layer." + layer);
  }

  /** The names of the block that predicts the token {@code ahead} places after the next, from 1. */
  public static BlockTensors aheadLayer(int ahead) {
    return new BlockTensors("ahead." + ahead);
  }

  /** The matrix of a linear layer, (in, out). */
  public static String weight(String linear) {
    return linear + WEIGHT;
  }

  /** The bias of a linear layer or norm. */
  public static String bias(String layer) {
    return layer + BIAS;
  }

  /** The gain of a norm. */
  public static String gain(String norm) {
    return norm + GAIN;
  }

  /** (in, r): the first small matrix of a linear layer's adapter. */
  public static String loraDown(String linear) {
    return linear + ".lora.down";
  }

  /** (r, out): the second small matrix of a linear layer's adapter; starts at 0. */
  public static String loraUp(String linear) {
    return linear + ".lora.up";
  }
}
