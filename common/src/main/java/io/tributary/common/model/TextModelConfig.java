package io.tributary.common.model;

/**
 * A model of this project's own family: it reads tokens of text, and the engine here computes it.
 */
public sealed interface TextModelConfig extends ModelConfig
    permits TransformerConfig, RecurrentConfig {
  /** The name of the built-in tokenizer: ids are the bytes of UTF-8 text. */
  String BYTES = "bytes";

  /** Number of token ids. */
  int vocabularySize();

  /** T, most tokens the model sees at once. */
  int contextLength();

  /** {@link #BYTES}, or {@code sha256:} and the digest of a {@code tokenizer.json}. */
  String tokenizer();

  /** Values of the widest activation of one token, in floats: what bounds a batch. */
  long widestActivation();

  /** Attention scores of one layer for one sequence that stand in memory at once, in floats. */
  long attentionScores();

  /** What the model's last layer answers. */
  HeadRules head();

  /** Which stacks of blocks it has; a recurrent model reads from left to right, as a decoder. */
  Stack stack();
}
