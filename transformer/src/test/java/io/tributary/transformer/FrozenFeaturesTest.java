package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import org.junit.jupiter.api.Test;

class FrozenFeaturesTest {
  private static final TransformerConfig CONFIG =
      TinyModel.CONFIG
          .edit()
          .stack(Stack.ENCODER)
          .head(HeadRules.classification(2, HeadRules.Pooling.MEAN))
          .tuning(TuningRules.of(TuningRules.Kind.HEAD_ONLY))
          .build();

  private static FrozenFeatures features(long bytes) {
    return new FrozenFeatures(CONFIG, () -> ModelEngines.openEncoder(CONFIG), bytes);
  }

  private static TokenBatch batch(int sequences, String... texts) {
    TokenBatch batch = TokenBatch.of(CONFIG, sequences);
    for (int sequence = 0; sequence < texts.length; sequence++) {
      for (int i = 0; i < texts[sequence].length(); i++) {
        batch.setInput(sequence, i, texts[sequence].charAt(i));
      }
    }
    return batch;
  }

  @Test
  void aTextIsEncodedOnceWhereverItStands() {
    try (FrozenFeatures features = features(1 << 20)) {
      features.use(TinyModel.weights(CONFIG, 1));
      float[] alone = features.of(batch(1, "hello"), 0);
      float[] amongOthers = features.of(batch(3, "a", "bc", "hello"), 2);
      assertThat(amongOthers).isSameAs(alone);
      assertThat(features.encoded()).isEqualTo(1);
      assertThat(features.of(batch(1, "hell"), 0)).isNotEqualTo(alone);
      assertThat(features.encoded()).isEqualTo(2);
    }
  }

  @Test
  void aTextsVectorDoesNotDependOnItsNeighbours() {
    try (FrozenFeatures features = features(0)) {
      features.use(TinyModel.weights(CONFIG, 1));
      float[] alone = features.of(batch(1, "hello"), 0);
      assertThat(features.of(batch(3, "a", "bc", "hello"), 2)).isEqualTo(alone);
      assertThat(features.encoded()).as("nothing was kept").isEqualTo(2);
      assertThat(features.bytes()).isZero();
    }
  }

  @Test
  void aTokenOfIdZeroIsNotAbsence() {
    try (FrozenFeatures features = features(1 << 20)) {
      features.use(TinyModel.weights(CONFIG, 1));
      assertThat(features.of(batch(1, "hi\0"), 0)).isNotEqualTo(features.of(batch(1, "hi"), 0));
    }
  }

  @Test
  void weightsThatOnlyDifferInTheHeadForgetNothing() {
    try (FrozenFeatures features = features(1 << 20)) {
      float[] weights = TinyModel.weights(CONFIG, 1);
      features.use(weights);
      float[] before = features.of(batch(1, "hello"), 0);
      weights[weights.length - 1] += 1; // the head stands last
      features.use(weights.clone());
      assertThat(features.of(batch(1, "hello"), 0)).isSameAs(before);
      weights[weights.length - 11] += 1; // and the array that was used before may change
      features.use(weights);
      assertThat(features.of(batch(1, "hello"), 0)).isNotEqualTo(before);
    }
  }

  @Test
  void keepsNoMoreThanItMayAndTheLatestUsed() {
    try (FrozenFeatures features = features(600)) {
      features.use(TinyModel.weights(CONFIG, 1));
      for (String text : new String[] {"a", "b", "c", "a", "d", "e", "a", "f", "g", "a"}) {
        float[] unused = features.of(batch(1, text), 0);
        assertThat(features.bytes()).isPositive().isLessThanOrEqualTo(600);
      }
      assertThat(features.encoded()).as("a was always among the latest").isEqualTo(7);
    }
  }
}
