package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class VocabularyEndsTest {
  /** Three tokens of width 2, two positions. */
  private static final TransformerConfig CONFIG = new TransformerConfig(3, 2, 1, 1, 1, 2);

  private final VocabularyEnds ends = new VocabularyEnds(CONFIG);
  private final TokenBatch batch = new TokenBatch(2, 2);

  VocabularyEndsTest() {
    batch.setWindow(0, new byte[] {2, 1, 2}, 0, 3);
    batch.setWindow(1, new byte[] {1, 0}, 0, 2);
  }

  @Test
  void embeddingIsTokenPlusPosition() {
    float[] parameters = new float[CONFIG.layout().parameterCount()];
    System.arraycopy(new float[] {1, 2, 3, 4, 5, 6, 10, 20, 30, 40}, 0, parameters, 0, 10);
    float[] embedded = new float[8];
    ends.embed(parameters, batch, false, embedded);
    assertThat(embedded).containsExactly(15, 26, 33, 44, 13, 24, 31, 42);
  }

  @Test
  void gradientIsScatteredOnTopOfTheHeads() {
    float[] gradient = new float[CONFIG.layout().parameterCount()];
    gradient[2] = 100; // token 1, from the tied head
    gradient[6] = 7; // of a position, from a source embedded before
    ends.addEmbeddingGradient(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, batch, false, gradient);
    assertThat(gradient).startsWith(7, 8, 108, 10, 1, 2, 13, 8, 10, 12);
  }

  @Test
  void crossEntropyAndItsGradientByHand() {
    float two = (float) Math.log(2);
    float[] logits = {0, 0, two, 0, two, 0, two, 0, 0, 9, 9, 9};
    float[] gradient = new float[12];
    // Probabilities (¼ ¼ ½), (¼ ½ ¼), (½ ¼ ¼); targets 1, 2, 0; the last row has none.
    double loss = ends.crossEntropy(logits, batch, gradient);
    assertThat(loss).isCloseTo((Math.log(4) + Math.log(4) + Math.log(2)) / 3, within(1e-6));
    float third = 1f / 3;
    assertThat(gradient)
        .containsExactly(
            new float[] {
              third / 4,
              -third * 3 / 4,
              third / 2,
              third / 4,
              third / 2,
              -third * 3 / 4,
              -third / 2,
              third / 4,
              third / 4,
              0,
              0,
              0
            },
            within(1e-6f));
    assertThat(ends.rowNats(logits, 2, 0)).isCloseTo(Math.log(2), within(1e-6));
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    float[] logits = {1e4f, 0, 0, 0, 0, 1e4f, 1e4f, 0, 0, 0, 0, 0};
    assertThat(ends.crossEntropy(logits, batch, new float[12])).isCloseTo(1e4 / 3, within(1e-3));
  }

  @Test
  void tokenOutsideOfTheVocabularyIsRefused() {
    batch.setInput(0, 0, 3);
    assertThatThrownBy(() -> ends.embed(new float[99], batch, false, new float[8]))
        .hasMessageContaining("token 3 is outside of the vocabulary of 3");
  }
}
