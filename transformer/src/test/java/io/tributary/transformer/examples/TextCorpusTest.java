package io.tributary.transformer.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TextCorpusTest {

  @Property(tries = 300)
  void noTrainingWindowTouchesAHeldOutByteAndEachIsPredictedOnce(
      @ForAll @IntRange(min = 2, max = 30_000) int length,
      @ForAll @IntRange(min = 1, max = 80) int context,
      @ForAll @DoubleRange(min = 0, max = 0.5) double share,
      @ForAll long seed) {
    TextCorpus corpus = TextCorpus.split(length, context, 1, share, seed);
    int[] predicted = new int[length];
    boolean[] judged = new boolean[length];
    for (TextWindow window : corpus.heldOutWindows()) {
      assertThat(window.count()).isLessThanOrEqualTo(context + 1);
      for (int i = window.start(); i < window.end(); i++) {
        judged[i] = true;
        predicted[i] += i > window.start() ? 1 : 0;
      }
    }
    int heldOut = 0;
    int firstOfBlock = 0;
    for (int i = 0; i < length; i++) {
      assertThat(predicted[i]).isLessThanOrEqualTo(1);
      heldOut += judged[i] ? 1 : 0;
      boolean first = judged[i] && predicted[i] == 0;
      firstOfBlock += first ? 1 : 0;
      assertThat(first && i > 0 && judged[i - 1] && predicted[i - 1] == 0).isFalse();
    }
    assertThat(heldOut).isEqualTo(corpus.heldOutCount());
    int middle = length / 3;
    int before = 0;
    for (int i = 0; i < middle; i++) {
      before += judged[i] ? 1 : 0;
    }
    assertThat(corpus.heldOutWithin(0, middle)).isEqualTo(before);
    assertThat(corpus.heldOutWithin(middle, length)).isEqualTo(heldOut - before);
    assertThat(firstOfBlock).isLessThanOrEqualTo(16);
    boolean[] trained = new boolean[length];
    for (int epoch = 0; epoch < 3; epoch++) {
      List<TextWindow> windows = corpus.trainingWindows(seed + 1, epoch);
      assertThat(windows).hasSize(corpus.trainingWindowCount());
      for (TextWindow window : windows) {
        assertThat(window.count()).isBetween(2, context + 1);
        for (int i = window.start(); i < window.end(); i++) {
          trained[i] = true;
          assertThat(judged[i]).as("byte %d", i).isFalse();
        }
      }
    }
    int trainedBytes = 0;
    for (boolean byteTrained : trained) {
      trainedBytes += byteTrained ? 1 : 0;
    }
    assertThat(trainedBytes).isLessThanOrEqualTo(corpus.trainingCount());
    assertThat(corpus.trainingCount() + corpus.heldOutCount()).isLessThanOrEqualTo(length);
  }

  @Property(tries = 200)
  void heldOutPartIsAsLargeAsAsked(
      @ForAll @IntRange(min = 20, max = 100_000) int length, @ForAll long seed) {
    TextCorpus corpus = TextCorpus.split(length, 64, 1, 0.1, seed);
    assertThat(corpus.heldOutCount()).isEqualTo((int) Math.round(length * 0.1));
    assertThat(corpus.trainingWindowCount()).isPositive();
  }

  @Test
  void largeTextHasSeveralBlocksAllOverIt() {
    TextCorpus corpus = TextCorpus.split(100_000, 64, 1, 0.1, 3);
    for (int segment = 0; segment < 16; segment++) {
      int from = segment * 6250;
      assertThat(corpus.heldOutWindows())
          .as("segment %d", segment)
          .anyMatch(window -> window.start() >= from && window.end() <= from + 6250);
    }
  }

  @Test
  void splitAndWindowsFollowTheirSeeds() {
    TextCorpus corpus = TextCorpus.split(20_000, 64, 1, 0.1, 1);
    assertThat(TextCorpus.split(20_000, 64, 1, 0.1, 1).heldOutWindows())
        .isEqualTo(corpus.heldOutWindows());
    assertThat(TextCorpus.split(20_000, 64, 1, 0.1, 2).heldOutWindows())
        .isNotEqualTo(corpus.heldOutWindows());
    assertThat(corpus.trainingWindows(7, 0)).isEqualTo(corpus.trainingWindows(7, 0));
    assertThat(corpus.trainingWindows(7, 1)).isNotEqualTo(corpus.trainingWindows(7, 0));
    assertThat(corpus.trainingWindows(8, 0)).isNotEqualTo(corpus.trainingWindows(7, 0));
  }

  @Test
  void tinyTextIsTrainedOnWhole() {
    TextCorpus corpus = TextCorpus.split(10, 64, 1, 0.1, 1);
    assertThat(corpus.heldOutWindows()).isEmpty();
    assertThat(corpus.trainingWindows(1, 0)).containsExactly(new TextWindow(0, 10));
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> TextCorpus.split(1, 64, 1, 0.1, 1))
        .hasMessageContaining("text has 1 tokens");
    assertThatThrownBy(() -> TextCorpus.split(9, 0, 1, 0.1, 1))
        .hasMessageContaining("windows have 1 tokens");
    assertThatThrownBy(() -> TextCorpus.split(9, 4, 1, 0.6, 1))
        .hasMessageContaining("held-out share is 0.6");
    assertThatThrownBy(() -> TextCorpus.split(9, 4, 1, Double.NaN, 1))
        .hasMessageContaining("held-out share is NaN");
  }
}
