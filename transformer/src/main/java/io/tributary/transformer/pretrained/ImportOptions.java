package io.tributary.transformer.pretrained;

import io.tributary.common.model.HeadRules;

/**
 * What an import leaves to whoever asks for it.
 *
 * @param head null: the language model's that the weights come from
 * @param classes of a classification head; null otherwise
 * @param pooling of a classification head; null: the mean
 * @param contextLength T; null: what the weights were trained for, at most {@link
 *     #DEFAULT_CONTEXT_LENGTH}
 * @param freezeEmbeddings whether training leaves token and position embeddings alone
 * @param seed of tensors that the file does not have, such as a new classifier
 */
public record ImportOptions(
    HeadRules.Kind head,
    Integer classes,
    HeadRules.Pooling pooling,
    Integer contextLength,
    boolean freezeEmbeddings,
    long seed) {
  /** T unless stated: attention takes memory by its square. */
  public static final int DEFAULT_CONTEXT_LENGTH = 512;

  /** Whatever the weights are. */
  public static final ImportOptions DEFAULTS = new ImportOptions(null, null, null, null, false, 42);

  /** The head asked for, or the one given. */
  HeadRules headOr(HeadRules languageModel) {
    HeadRules.Kind kind = head == null ? languageModel.kind() : head;
    if (kind == HeadRules.Kind.CLASSIFICATION) {
      return new HeadRules(kind, null, pooling, classes, null);
    }
    return kind == languageModel.kind() && classes == null && pooling == null
        ? languageModel
        : new HeadRules(kind, languageModel.tied(), pooling, classes, null);
  }

  /** The context asked for, or as much of the trained one as is usual. */
  int contextOf(int trained) {
    return contextLength == null ? Math.min(trained, DEFAULT_CONTEXT_LENGTH) : contextLength;
  }
}
