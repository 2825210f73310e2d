package io.tributary.transformer.pretrained;

import io.tributary.common.model.TransformerConfig;

/** How the models of one family become ours: which parts they have, and which tensor goes where. */
interface PretrainedKind {
  /**
   * The parts.
   *
   * @param tokenizer its digest
   * @throws io.tributary.common.config.UserErrorException naming the first part that we do not have
   * @throws IllegalArgumentException when what was asked for does not fit
   */
  TransformerConfig config(ImportOptions options, String tokenizer);

  /** Reads every tensor of the file to its place. */
  void fill(WeightAssembly assembly, TransformerConfig config);
}
