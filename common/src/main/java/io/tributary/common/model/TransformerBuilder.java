package io.tributary.common.model;

/** Changes some parts of a {@link TransformerConfig}; what fits is checked when it is built. */
public final class TransformerBuilder {
  private int vocabularySize;
  private int width;
  private int layers;
  private int heads;
  private int feedForwardWidth;
  private int contextLength;
  private Stack stack;
  private PositionRules position;
  private AttentionRules attention;
  private NormRules norm;
  private FeedForwardRules feedForward;
  private HeadRules head;
  private boolean biases;
  private TuningRules tuning;
  private String tokenizer;

  TransformerBuilder(TransformerConfig from) {
    vocabularySize = from.vocabularySize();
    width = from.width();
    layers = from.layers();
    heads = from.heads();
    feedForwardWidth = from.feedForwardWidth();
    contextLength = from.contextLength();
    stack = from.stack();
    position = from.position();
    attention = from.attention();
    norm = from.norm();
    feedForward = from.feedForward();
    head = from.head();
    biases = from.biases();
    tuning = from.tuning();
    tokenizer = from.tokenizer();
  }

  /** V. */
  public TransformerBuilder vocabularySize(int value) {
    vocabularySize = value;
    return this;
  }

  /** d. */
  public TransformerBuilder width(int value) {
    width = value;
    return this;
  }

  /** Number of blocks. */
  public TransformerBuilder layers(int value) {
    layers = value;
    return this;
  }

  /** H. */
  public TransformerBuilder heads(int value) {
    heads = value;
    return this;
  }

  /** f. */
  public TransformerBuilder feedForwardWidth(int value) {
    feedForwardWidth = value;
    return this;
  }

  /** T. */
  public TransformerBuilder contextLength(int value) {
    contextLength = value;
    return this;
  }

  /** Which stacks. */
  public TransformerBuilder stack(Stack value) {
    stack = value;
    return this;
  }

  /** How a token knows where it stands. */
  public TransformerBuilder position(PositionRules value) {
    position = value;
    return this;
  }

  /** Positions of a kind that needs no number. */
  public TransformerBuilder position(PositionRules.Kind kind) {
    return position(PositionRules.of(kind));
  }

  /** Who sees whom. */
  public TransformerBuilder attention(AttentionRules value) {
    attention = value;
    return this;
  }

  /** How activations keep their scale. */
  public TransformerBuilder norm(NormRules value) {
    norm = value;
    return this;
  }

  /** Norms with the usual epsilon. */
  public TransformerBuilder norm(NormRules.Kind kind, NormRules.Place place) {
    return norm(new NormRules(kind, place, null));
  }

  /** What each position does by itself. */
  public TransformerBuilder feedForward(FeedForwardRules value) {
    feedForward = value;
    return this;
  }

  /** What the last layer answers. */
  public TransformerBuilder head(HeadRules value) {
    head = value;
    return this;
  }

  /** Whether linear layers have biases. */
  public TransformerBuilder biases(boolean value) {
    biases = value;
    return this;
  }

  /** What training may change. */
  public TransformerBuilder tuning(TuningRules value) {
    tuning = value;
    return this;
  }

  /** Bytes, or the digest of a file. */
  public TransformerBuilder tokenizer(String value) {
    tokenizer = value;
    return this;
  }

  /**
   * The changed configuration.
   *
   * @throws IllegalArgumentException if the parts do not fit together
   */
  public TransformerConfig build() {
    return new TransformerConfig(
        vocabularySize,
        width,
        layers,
        heads,
        feedForwardWidth,
        contextLength,
        stack,
        position,
        attention,
        norm,
        feedForward,
        head,
        biases,
        tuning,
        tokenizer);
  }
}
