package io.tributary.cli;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.TransformerConfig;

/** The model that a benchmark is told to take: a preset with another vocabulary or head. */
final class BenchmarkModel {
  private BenchmarkModel() {}

  /**
   * Puts the parts together.
   *
   * @param vocabularyOrNull null: the preset's
   * @param classesOrNull null: the preset's head
   * @throws IllegalArgumentException if there is no such preset or parts do not fit
   */
  static TransformerConfig config(String preset, Integer vocabularyOrNull, Integer classesOrNull) {
    TransformerConfig config = TransformerConfig.preset(preset);
    if (vocabularyOrNull != null) {
      config = config.withVocabularySize(vocabularyOrNull);
    }
    return classesOrNull == null
        ? config
        : config
            .edit()
            .head(HeadRules.classification(classesOrNull, HeadRules.Pooling.MEAN))
            .build();
  }
}
