package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  private static ConfusionMatrix of(long[][] counts) {
    ConfusionMatrix matrix = new ConfusionMatrix(counts.length);
    for (int right = 0; right < counts.length; right++) {
      for (int answer = 0; answer < counts.length; answer++) {
        for (long i = 0; i < counts[right][answer]; i++) {
          matrix.add(right, answer);
        }
      }
    }
    return matrix;
  }

  /** The example of scikit-learn's documentation: y = 012012, answers = 021001. */
  @Test
  void macroF1IsThatOfTheTextbook() {
    ConfusionMatrix matrix = of(new long[][] {{2, 0, 0}, {1, 0, 1}, {0, 2, 0}});
    assertThat(matrix.f1(0)).isCloseTo(0.8, within(1e-12));
    assertThat(matrix.f1(1)).isZero();
    assertThat(matrix.macroF1()).isCloseTo(0.26666666666, within(1e-9));
  }

  @Test
  void aRareClassCountsLikeAFrequentOne() {
    // Accuracy is 0.99; the rare class has precision 1 and recall 1/2: F1 2/3.
    ConfusionMatrix matrix = of(new long[][] {{98, 0}, {1, 1}});
    assertThat(matrix.macroF1()).isCloseTo((2 * 98 / 197.0 + 2 / 3.0) / 2, within(1e-12));
  }

  @Test
  void aClassThatIsNowhereCountsZero() {
    assertThat(of(new long[][] {{5, 0}, {0, 0}}).macroF1()).isEqualTo(0.5);
    assertThat(new ConfusionMatrix(2).macroF1()).isZero();
  }

  @Test
  void addingIsJudgingTogether() {
    ConfusionMatrix sum = of(new long[][] {{5, 1}, {0, 0}});
    assertThat(sum.hasSeveralClasses()).isFalse();
    sum.add(of(new long[][] {{0, 0}, {2, 7}}));
    assertThat(sum.hasSeveralClasses()).isTrue();
    assertThat(sum.of(1)).isEqualTo(9);
    assertThat(sum.macroF1()).isEqualTo(of(new long[][] {{5, 1}, {2, 7}}).macroF1());
    assertThatThrownBy(() -> new ConfusionMatrix(1)).hasMessageContaining("at least 2");
  }
}
