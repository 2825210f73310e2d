package io.tributary.common.job;

import io.tributary.common.model.TransformerConfig;

/**
 * Which model: a preset, or all sizes, or a preset with some sizes changed.
 *
 * @param preset a name of {@link TransformerConfig#preset}
 * @param vocabularySize token ids; the byte-level language model needs 256 at least
 * @param width d
 * @param layers number of blocks
 * @param heads attention heads
 * @param feedForwardWidth inner size of the feed-forward
 * @param contextLength T
 */
public record ModelSpec(
    String preset,
    Integer vocabularySize,
    Integer width,
    Integer layers,
    Integer heads,
    Integer feedForwardWidth,
    Integer contextLength) {
  private static final int BYTE_VALUES = 256;

  /** Checks that the sizes make a model. */
  public ModelSpec {
    TransformerConfig config =
        resolve(preset, vocabularySize, width, layers, heads, feedForwardWidth, contextLength);
    if (config.vocabularySize() < BYTE_VALUES) {
      throw new IllegalArgumentException(
          "model.vocabulary-size is "
              + config.vocabularySize()
              + " but a byte-level model needs at least "
              + BYTE_VALUES);
    }
  }

  /** The preset of that name, as it is. */
  public static ModelSpec ofPreset(String preset) {
    return new ModelSpec(preset, null, null, null, null, null, null);
  }

  /** All sizes resolved. */
  public TransformerConfig transformer() {
    return resolve(preset, vocabularySize, width, layers, heads, feedForwardWidth, contextLength);
  }

  private static TransformerConfig resolve(
      String preset,
      Integer vocabularySize,
      Integer width,
      Integer layers,
      Integer heads,
      Integer feedForwardWidth,
      Integer contextLength) {
    TransformerConfig base = preset == null ? null : TransformerConfig.preset(preset);
    return new TransformerConfig(
        pick("model.vocabulary-size", vocabularySize, base == null ? 256 : base.vocabularySize()),
        pick("model.width", width, base == null ? null : base.width()),
        pick("model.layers", layers, base == null ? null : base.layers()),
        pick("model.heads", heads, base == null ? null : base.heads()),
        pick(
            "model.feed-forward-width",
            feedForwardWidth,
            base == null ? null : base.feedForwardWidth()),
        pick("model.context-length", contextLength, base == null ? null : base.contextLength()));
  }

  private static int pick(String key, Integer stated, Integer preset) {
    Integer value = stated == null ? preset : stated;
    if (value == null) {
      throw new IllegalArgumentException(
          key + " is missing: state it, or name a model.preset that has it");
    }
    return value;
  }
}
