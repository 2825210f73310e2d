package io.tributary.common.model;

/**
 * The names of a transformer's tensors: written once here, read by the layout, by every engine and
 * by whoever imports or exports weights.
 */
public final class ModelTensors {
  /** (V, d): input embedding and, transposed, the output head. */
  public static final String TOKEN_EMBEDDING = "token.embedding";

  /** (T, d): added to the token embedding by position. */
  public static final String POSITION_EMBEDDING = "position.embedding";

  /** (d): gain of the norm before the output head. */
  public static final String FINAL_NORM_GAIN = "final.norm.gain";

  /** (d): bias of the norm before the output head. */
  public static final String FINAL_NORM_BIAS = "final.norm.bias";

  private ModelTensors() {}

  /** (d): gain of the norm before attention. */
  public static String attentionNormGain(int layer) {
    return "layer." + layer + ".attention.norm.gain";
  }

  /** (d): bias of the norm before attention. */
  public static String attentionNormBias(int layer) {
    return "layer." + layer + ".attention.norm.bias";
  }

  /** (d, 3d): queries, keys and values. */
  public static String attentionInputWeight(int layer) {
    return "layer." + layer + ".attention.input.weight";
  }

  /** (3d): bias of queries, keys and values. */
  public static String attentionInputBias(int layer) {
    return "layer." + layer + ".attention.input.bias";
  }

  /** (d, d): joins the heads' outputs. */
  public static String attentionOutputWeight(int layer) {
    return "layer." + layer + ".attention.output.weight";
  }

  /** (d): bias of the joined heads. */
  public static String attentionOutputBias(int layer) {
    return "layer." + layer + ".attention.output.bias";
  }

  /** (d): gain of the norm before the feed-forward. */
  public static String feedForwardNormGain(int layer) {
    return "layer." + layer + ".feedforward.norm.gain";
  }

  /** (d): bias of the norm before the feed-forward. */
  public static String feedForwardNormBias(int layer) {
    return "layer." + layer + ".feedforward.norm.bias";
  }

  /** (d, f): into the feed-forward. */
  public static String feedForwardInputWeight(int layer) {
    return "layer." + layer + ".feedforward.input.weight";
  }

  /** (f): bias into the feed-forward. */
  public static String feedForwardInputBias(int layer) {
    return "layer." + layer + ".feedforward.input.bias";
  }

  /** (f, d): out of the feed-forward. */
  public static String feedForwardOutputWeight(int layer) {
    return "layer." + layer + ".feedforward.output.weight";
  }

  /** (d): bias out of the feed-forward. */
  public static String feedForwardOutputBias(int layer) {
    return "layer." + layer + ".feedforward.output.bias";
  }
}
