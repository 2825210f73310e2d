package io.tributary.common.model;

import io.tributary.common.tensor.Layout;

/**
 * A transformer: its sizes, and a choice for each part of its blocks.
 *
 * <p>Left to its defaults it is GPT-2's decoder (Radford et al., "Language models are unsupervised
 * multitask learners", 2019): learned positions, multi-head attention, LayerNorm before each
 * sublayer, GELU, biases, and a head tied to the token embedding. {@link TransformerLayout} says
 * which tensors follow from the choices. Combinations that make no sense are refused here, so that
 * a configuration that exists can be trained.
 *
 * @param vocabularySize V, number of token ids; 256 for bytes
 * @param width d, size of a token's vector
 * @param layers number of blocks; of each stack, if there are two
 * @param heads H, attention heads; divides {@code width}
 * @param feedForwardWidth f, inner size of the feed-forward, or of each expert
 * @param contextLength T, most tokens the model sees at once; of source and text each
 * @param stack default decoder
 * @param position how a token knows where it stands
 * @param attention who sees whom, and by which heads
 * @param norm how activations keep their scale
 * @param feedForward what each position does by itself
 * @param head what the last layer answers
 * @param biases whether linear layers of attention and feed-forward have biases; default true
 * @param tuning what training may change
 * @param tokenizer {@link TextModelConfig#BYTES} (default), or {@code sha256:} and a file's digest
 */
public record TransformerConfig(
    int vocabularySize,
    int width,
    int layers,
    int heads,
    int feedForwardWidth,
    int contextLength,
    Stack stack,
    PositionRules position,
    AttentionRules attention,
    NormRules norm,
    FeedForwardRules feedForward,
    HeadRules head,
    Boolean biases,
    TuningRules tuning,
    String tokenizer)
    implements TextModelConfig {

  /** Most values one of the sizes may have: keeps products within an int and errors early. */
  public static final int MAX_SIZE = 1 << 20;

  /** Most blocks: a layout has a dozen tensors for each, built before anything else is checked. */
  public static final int MAX_LAYERS = 1024;

  /** GPT-2's decoder in these sizes. */
  public TransformerConfig(
      int vocabularySize,
      int width,
      int layers,
      int heads,
      int feedForwardWidth,
      int contextLength) {
    this(
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
        null);
  }

  /** Fills defaults and checks every size, and that the parts fit together. */
  public TransformerConfig(
      int vocabularySize,
      int width,
      int layers,
      int heads,
      int feedForwardWidth,
      int contextLength,
      Stack stack,
      PositionRules position,
      AttentionRules attention,
      NormRules norm,
      FeedForwardRules feedForward,
      HeadRules head,
      Boolean biases,
      TuningRules tuning,
      String tokenizer) {
    this.vocabularySize = vocabularySize;
    this.width = width;
    this.layers = layers;
    this.heads = heads;
    this.feedForwardWidth = feedForwardWidth;
    this.contextLength = contextLength;
    this.stack = stack == null ? Stack.DECODER : stack;
    this.position = position == null ? PositionRules.LEARNED : position;
    this.attention = attention == null ? AttentionRules.MULTI_HEAD : attention;
    this.norm = norm == null ? NormRules.LAYER_NORM : norm;
    this.feedForward = feedForward == null ? FeedForwardRules.GELU : feedForward;
    this.head = head == null ? HeadRules.CAUSAL_LM : head;
    this.biases = biases == null || biases;
    this.tuning = tuning == null ? TuningRules.FULL : tuning;
    this.tokenizer = tokenizer == null ? BYTES : tokenizer;
    // Not a compact constructor, because these look at the whole.
    TransformerFit.require(this);
  }

  /**
   * A transformer by name.
   *
   * @throws IllegalArgumentException naming the known presets, if there is none of that name
   */
  public static TransformerConfig preset(String name) {
    if (ModelPresets.config(name) instanceof TransformerConfig transformer) {
      return transformer;
    }
    throw new IllegalArgumentException("model.preset is " + name + ", which is not a transformer");
  }

  /** A builder that starts with all of this. */
  public TransformerBuilder edit() {
    return new TransformerBuilder(this);
  }

  /** The same model for another vocabulary. */
  public TransformerConfig withVocabularySize(int size) {
    return edit().vocabularySize(size).build();
  }

  /** s, size of one attention head. */
  public int headWidth() {
    return width / heads;
  }

  /** Number of heads that have keys and values of their own. */
  public int keyValueHeads() {
    return switch (attention.kind()) {
      case MULTI_HEAD, LATENT -> heads;
      case MULTI_QUERY -> 1;
      case GROUPED_QUERY -> attention.keyValueHeads();
    };
  }

  /** Columns of a head that positions turn: its whole width, or the latent kind's shared part. */
  public int rotaryWidth() {
    if (position.kind() != PositionRules.Kind.ROTARY) {
      return 0;
    }
    return attention.kind() == AttentionRules.Kind.LATENT
        ? attention.latentRotaryWidth()
        : headWidth();
  }

  /** Whether later positions are hidden in the stack that answers. */
  public boolean causal() {
    return stack != Stack.ENCODER;
  }

  @Override
  public Layout layout() {
    return TransformerLayout.of(this);
  }

  @Override
  public long widestActivation() {
    long inner = (long) feedForwardWidth * (feedForward.gated() ? 2 : 1);
    if (feedForward.kind() == FeedForwardRules.Kind.EXPERTS) {
      inner *= feedForward.topK();
    }
    long outputs =
        head.languageModel() ? (long) vocabularySize * Math.max(1, predictedTokens()) : 1;
    return Math.max(outputs, Math.max(3L * width, inner));
  }

  @Override
  public long attentionScores() {
    long keys =
        attention.tileLength() == null
            ? contextLength
            : Math.min(contextLength, attention.tileLength());
    return (long) heads * contextLength * keys;
  }

  /** How many next tokens each position predicts; 0 without a causal head. */
  public int predictedTokens() {
    return head.predictedTokens() == null ? 0 : head.predictedTokens();
  }
}
