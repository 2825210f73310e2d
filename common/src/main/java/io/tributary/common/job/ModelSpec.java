package io.tributary.common.job;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.util.regex.Pattern;

/**
 * Which model: a preset, or all sizes, or a preset with some sizes and parts changed.
 *
 * <p>What is absent is the preset's, or without a preset the default of {@link TransformerConfig}.
 * A part that is stated takes the preset's place whole: its own absent keys have their defaults.
 *
 * @param preset a name of {@link ModelPresets}
 * @param vocabularySize token ids; a byte-level model needs 256 at least
 * @param width d
 * @param layers number of blocks
 * @param heads attention heads
 * @param feedForwardWidth inner size of the feed-forward
 * @param contextLength T
 * @param stack decoder, encoder or both
 * @param position how a token knows where it stands
 * @param attention who sees whom
 * @param norm how activations keep their scale
 * @param feedForward what each position does by itself
 * @param head what the last layer answers
 * @param biases whether linear layers have biases
 * @param tuning what training may change
 * @param tokenizer {@code bytes}, or {@code sha256:} and the digest of a {@code tokenizer.json}
 * @param recurrent a recurrent model instead of a transformer
 * @param external a network that sites compute by programs of their own, instead of a model of the
 *     family
 * @param initialWeights digest of a model in the coordinator's home that training starts from, 64
 *     hexadecimal digits; absent: from the seed
 */
public record ModelSpec(
    String preset,
    Integer vocabularySize,
    Integer width,
    Integer layers,
    Integer heads,
    Integer feedForwardWidth,
    Integer contextLength,
    Stack stack,
    PositionRules position,
    AttentionRules attention,
    NormRules norm,
    FeedForwardRules feedForward,
    HeadRules head,
    Boolean biases,
    TuningRules tuning,
    String tokenizer,
    Recurrent recurrent,
    ExternalConfig external,
    String initialWeights) {
  private static final int BYTE_VALUES = 256;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /**
   * What only a recurrent model has; its width, layers and context stand beside it.
   *
   * @param cell lstm or gru
   * @param embeddingWidth size of a token's vector
   */
  public record Recurrent(RecurrentConfig.Cell cell, Integer embeddingWidth) {}

  /** Checks that the sizes and parts make a model. */
  public ModelSpec(
      String preset,
      Integer vocabularySize,
      Integer width,
      Integer layers,
      Integer heads,
      Integer feedForwardWidth,
      Integer contextLength,
      Stack stack,
      PositionRules position,
      AttentionRules attention,
      NormRules norm,
      FeedForwardRules feedForward,
      HeadRules head,
      Boolean biases,
      TuningRules tuning,
      String tokenizer,
      Recurrent recurrent,
      ExternalConfig external,
      String initialWeights) {
    this.preset = preset;
    this.vocabularySize = vocabularySize;
    this.width = width;
    this.layers = layers;
    this.heads = heads;
    this.feedForwardWidth = feedForwardWidth;
    this.contextLength = contextLength;
    this.stack = stack;
    this.position = position;
    this.attention = attention;
    this.norm = norm;
    this.feedForward = feedForward;
    this.head = head;
    this.biases = biases;
    this.tuning = tuning;
    this.tokenizer = tokenizer;
    this.recurrent = recurrent;
    this.external = external;
    this.initialWeights = initialWeights;
    if (initialWeights != null && !DIGEST.matcher(initialWeights).matches()) {
      throw new IllegalArgumentException(
          "model.initial-weights is "
              + initialWeights
              + ": it must be the 64 lower-case hexadecimal digits of a model's digest");
    }
    if (!(config() instanceof TextModelConfig config)) {
      return;
    }
    if (config.tokenizer().equals(TextModelConfig.BYTES) && config.vocabularySize() < BYTE_VALUES) {
      throw new IllegalArgumentException(
          "model.vocabulary-size is "
              + config.vocabularySize()
              + " but a byte-level model needs at least "
              + BYTE_VALUES);
    }
  }

  /** GPT-2's decoder in these sizes, or a preset with these sizes changed. */
  public ModelSpec(
      String preset,
      Integer vocabularySize,
      Integer width,
      Integer layers,
      Integer heads,
      Integer feedForwardWidth,
      Integer contextLength) {
    this(
        preset,
        vocabularySize,
        width,
        layers,
        heads,
        feedForwardWidth,
        contextLength,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** The preset of that name, as it is. */
  public static ModelSpec ofPreset(String preset) {
    return new ModelSpec(preset, null, null, null, null, null, null);
  }

  /** Exactly this transformer. */
  public static ModelSpec of(TransformerConfig config) {
    return new ModelSpec(
        null,
        config.vocabularySize(),
        config.width(),
        config.layers(),
        config.heads(),
        config.feedForwardWidth(),
        config.contextLength(),
        config.stack(),
        config.position(),
        config.attention(),
        config.norm(),
        config.feedForward(),
        config.head(),
        config.biases(),
        config.tuning(),
        config.tokenizer(),
        null,
        null,
        null);
  }

  /**
   * The model of the family, all sizes and parts resolved.
   *
   * @throws IllegalArgumentException if the model is an external one
   */
  public TextModelConfig textConfig() {
    if (config() instanceof TextModelConfig text) {
      return text;
    }
    throw new IllegalArgumentException(
        "model.external is stated but this needs a model of the family: name a model.preset");
  }

  /** The model, all sizes and parts resolved. */
  public ModelConfig config() {
    if (external != null) {
      requireExternalAlone();
      return external;
    }
    TextModelConfig base = preset == null ? null : ModelPresets.config(preset);
    if (recurrent != null || base instanceof RecurrentConfig) {
      if (base instanceof TransformerConfig) {
        throw new IllegalArgumentException(
            "model.recurrent is stated but model.preset is "
                + preset
                + ", a transformer: leave one of them out");
      }
      return recurrent((RecurrentConfig) base);
    }
    return transformer((TransformerConfig) base);
  }

  private RecurrentConfig recurrent(RecurrentConfig base) {
    requireTransformerOnly("heads", heads);
    requireTransformerOnly("feed-forward-width", feedForwardWidth);
    requireTransformerOnly("stack", stack);
    requireTransformerOnly("position", position);
    requireTransformerOnly("attention", attention);
    requireTransformerOnly("norm", norm);
    requireTransformerOnly("feed-forward", feedForward);
    requireTransformerOnly("head", head);
    requireTransformerOnly("biases", biases);
    requireTransformerOnly("tuning", tuning);
    RecurrentConfig.Cell cell = recurrent == null ? null : recurrent.cell();
    Integer embedding = recurrent == null ? null : recurrent.embeddingWidth();
    return new RecurrentConfig(
        stated(cell, base == null ? null : base.cell()),
        pick("model.vocabulary-size", vocabularySize, base == null ? 256 : base.vocabularySize()),
        pick(
            "model.recurrent.embedding-width", embedding, base == null ? 8 : base.embeddingWidth()),
        pick("model.width", width, base == null ? null : base.width()),
        pick("model.layers", layers, base == null ? null : base.layers()),
        pick("model.context-length", contextLength, base == null ? null : base.contextLength()),
        stated(tokenizer, base == null ? null : base.tokenizer()));
  }

  private TransformerConfig transformer(TransformerConfig base) {
    return new TransformerConfig(
        pick("model.vocabulary-size", vocabularySize, base == null ? 256 : base.vocabularySize()),
        pick("model.width", width, base == null ? null : base.width()),
        pick("model.layers", layers, base == null ? null : base.layers()),
        pick("model.heads", heads, base == null ? null : base.heads()),
        pick(
            "model.feed-forward-width",
            feedForwardWidth,
            base == null ? null : base.feedForwardWidth()),
        pick("model.context-length", contextLength, base == null ? null : base.contextLength()),
        stated(stack, base == null ? null : base.stack()),
        stated(position, base == null ? null : base.position()),
        stated(attention, base == null ? null : base.attention()),
        stated(norm, base == null ? null : base.norm()),
        stated(feedForward, base == null ? null : base.feedForward()),
        stated(head, base == null ? null : base.head()),
        stated(biases, base == null ? null : base.biases()),
        stated(tuning, base == null ? null : base.tuning()),
        stated(tokenizer, base == null ? null : base.tokenizer()));
  }

  private void requireExternalAlone() {
    requireFamilyOnly("preset", preset);
    requireFamilyOnly("vocabulary-size", vocabularySize);
    requireFamilyOnly("width", width);
    requireFamilyOnly("layers", layers);
    requireFamilyOnly("heads", heads);
    requireFamilyOnly("feed-forward-width", feedForwardWidth);
    requireFamilyOnly("context-length", contextLength);
    requireFamilyOnly("stack", stack);
    requireFamilyOnly("position", position);
    requireFamilyOnly("attention", attention);
    requireFamilyOnly("norm", norm);
    requireFamilyOnly("feed-forward", feedForward);
    requireFamilyOnly("head", head);
    requireFamilyOnly("biases", biases);
    requireFamilyOnly("tuning", tuning);
    requireFamilyOnly("tokenizer", tokenizer);
    requireFamilyOnly("recurrent", recurrent);
  }

  private static void requireFamilyOnly(String key, Object value) {
    if (value != null) {
      throw new IllegalArgumentException(
          "model."
              + key
              + " is stated but model.external is too, whose tensors say everything: leave one of"
              + " them out");
    }
  }

  private static <T> T stated(T value, T preset) {
    return value == null ? preset : value;
  }

  private static void requireTransformerOnly(String key, Object value) {
    if (value != null) {
      throw new IllegalArgumentException(
          "model." + key + " is stated but the model is recurrent and has none: leave it out");
    }
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
