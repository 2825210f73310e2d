package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchStreamTest {
  private final TextCorpus corpus = TextCorpus.split(TinyModel.text(500), 6, 0.1, 1);

  @Test
  void epochIsAPermutationOfItsWindows() {
    BatchStream stream = new BatchStream(corpus, 9);
    for (int epoch = 0; epoch < 2; epoch++) {
      List<TextWindow> drawn = new ArrayList<>();
      for (int i = 0; i < corpus.trainingWindowCount(); i++) {
        drawn.add(stream.next());
      }
      assertThat(drawn)
          .containsExactlyInAnyOrderElementsOf(corpus.trainingWindows(9, epoch))
          .isNotEqualTo(corpus.trainingWindows(9, epoch));
    }
  }

  @Test
  void sameSeedGivesTheSameBatchesAndAnotherDoesNot() {
    assertThat(draw(3)).isEqualTo(draw(3)).isNotEqualTo(draw(4));
  }

  @Test
  void batchHoldsOnlyTheWindowsAskedFor() {
    TokenBatch batch = new TokenBatch(4, 6);
    new BatchStream(corpus, 9).fill(batch, 2);
    assertThat(batch.targetCount()).isEqualTo(12);
    assertThat(batch.target(12)).isEqualTo(TokenBatch.NO_TARGET);
  }

  @Test
  void textOfTwoBytesRepeatsItsOneWindow() {
    BatchStream stream = new BatchStream(TextCorpus.split(new byte[2], 6, 0, 1), 1);
    assertThat(stream.next()).isEqualTo(new TextWindow(0, 2));
    assertThat(stream.next()).isEqualTo(new TextWindow(0, 2));
  }

  private List<TextWindow> draw(long seed) {
    BatchStream stream = new BatchStream(corpus, seed);
    List<TextWindow> windows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      windows.add(stream.next());
    }
    return windows;
  }
}
