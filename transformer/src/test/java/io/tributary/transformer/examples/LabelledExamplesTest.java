package io.tributary.transformer.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TokenBatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LabelledExamplesTest {
  private static final int LENGTH = 6;
  private static final TokenMarks MARKS =
      new TokenMarks(1000, 900, 901, 902, -1, 0, new int[] {901}, new int[] {902});

  private static TokenBatch batch() {
    return TokenBatch.of(
        new TransformerConfig(1000, 4, 1, 1, 4, LENGTH)
            .edit()
            .stack(Stack.ENCODER)
            .head(HeadRules.classification(3, HeadRules.Pooling.MEAN))
            .build(),
        2);
  }

  /** Text i has i + 1 tokens, all of them i, and the label i % 3. */
  private static LabelledTexts texts(int count) {
    int[] ids = new int[count * (count + 1) / 2];
    LabelledTexts texts = new LabelledTexts(TextTokens.ofIds(ids));
    int at = 0;
    for (int i = 0; i < count; i++) {
      int start = at;
      while (at <= start + i) {
        ids[at++] = i;
      }
      texts.add(start, at, i % 3);
    }
    return texts;
  }

  private static List<Integer> present(TokenBatch batch, int sequence) {
    List<Integer> tokens = new ArrayList<>();
    for (int row = sequence * LENGTH; row < (sequence + 1) * LENGTH; row++) {
      if (batch.present(row)) {
        tokens.add(batch.input(row));
      }
    }
    return tokens;
  }

  @Test
  void aShortTextIsPaddedAndALongOneCutOffBothWithMarksAround() {
    LabelledExamples source = new LabelledExamples(texts(9), MARKS, LENGTH, 0.2, 1);
    int seen = 0;
    for (Examples examples : List.of(source.training(1, 0), source.heldOut())) {
      for (int i = 0; i < examples.count(); i++) {
        TokenBatch batch = batch();
        examples.fill(i, batch, 1);
        List<Integer> tokens = present(batch, 1);
        int text = tokens.get(1);
        List<Integer> expected = new ArrayList<>(List.of(901));
        for (int n = 0; n < Math.min(text + 1, 4); n++) {
          expected.add(text);
        }
        expected.add(902);
        assertThat(tokens).isEqualTo(expected);
        assertThat(batch.target(1)).isEqualTo(text % 3);
        assertThat(batch.target(0)).isEqualTo(TokenBatch.NO_TARGET);
        assertThat(batch.targetCount()).isEqualTo(1);
        seen++;
      }
    }
    assertThat(seen).isEqualTo(9);
  }

  @Test
  void heldOutTextsAreNeverTrainedOnAndFollowTheSeed() {
    LabelledTexts texts = texts(400);
    LabelledExamples source = new LabelledExamples(texts, MARKS, LENGTH, 0.25, 5);
    Set<Integer> trained = which(source.training(1, 0));
    Set<Integer> judged = which(source.heldOut());
    assertThat(trained).doesNotContainAnyElementsOf(judged);
    // Each text by its own draw: 100 expected, standard deviation 8.7.
    assertThat(judged).hasSizeBetween(60, 140);
    assertThat(trained).hasSize(400 - judged.size());
    assertThat(source.heldOutTargets()).isEqualTo(judged.size());
    assertThat(source.trainingCount()).isEqualTo(trained.size());
    assertThat(which(source.training(2, 7))).isEqualTo(trained);
    assertThat(which(new LabelledExamples(texts, MARKS, LENGTH, 0.25, 5).heldOut()))
        .isEqualTo(judged);
    assertThat(which(new LabelledExamples(texts, MARKS, LENGTH, 0.25, 6).heldOut()))
        .isNotEqualTo(judged);
  }

  private static Set<Integer> which(Examples examples) {
    Set<Integer> texts = new HashSet<>();
    for (int i = 0; i < examples.count(); i++) {
      TokenBatch batch = batch();
      examples.fill(i, batch, 0);
      texts.add(batch.input(1));
    }
    return texts;
  }

  @Test
  void oneTextAtLeastIsOnEitherSide() {
    for (long seed = 0; seed < 50; seed++) {
      for (double share : new double[] {0, 0.01, 0.5}) {
        LabelledExamples source = new LabelledExamples(texts(2), MARKS, LENGTH, share, seed);
        assertThat(source.trainingCount()).isEqualTo(1);
        assertThat(source.heldOutTargets()).isEqualTo(1);
      }
    }
    assertThat(new LabelledExamples(alike(3), MARKS, LENGTH, 0.5, 1).heldOutTargets())
        .isBetween(1L, 2L);
  }

  /** Texts that differ only behind what a model of {@link #LENGTH} reads, and in their labels. */
  private static LabelledTexts alike(int count) {
    int[] ids = new int[count * 5];
    LabelledTexts texts = new LabelledTexts(TextTokens.ofIds(ids));
    for (int i = 0; i < count; i++) {
      ids[5 * i + 4] = i;
      texts.add(5 * i, 5 * i + 5, i % 3);
    }
    return texts;
  }

  @Test
  void textsThatReadAlikeAreOnOneSide() {
    int[] ids = new int[600];
    LabelledTexts texts = new LabelledTexts(TextTokens.ofIds(ids));
    for (int i = 0; i < 100; i++) {
      for (int copy = 0; copy < 2; copy++) {
        int start = 6 * i + 3 * copy;
        ids[start] = i;
        texts.add(start, start + 3, copy);
      }
    }
    LabelledExamples source = new LabelledExamples(texts, MARKS, LENGTH, 0.3, 9);
    assertThat(which(source.heldOut())).doesNotContainAnyElementsOf(which(source.training(1, 0)));
    assertThat(source.heldOutTargets()).isEqualTo(2L * which(source.heldOut()).size());
  }

  @Test
  void newTextsMoveNoOldOneToTheOtherSideWhereverTheyCome() {
    LabelledTexts before = numbered(0, 2, 100);
    LabelledTexts after = numbered(0, 1, 200);
    Set<Integer> heldBefore = which(new LabelledExamples(before, MARKS, LENGTH, 0.2, 3).heldOut());
    Set<Integer> heldAfter = which(new LabelledExamples(after, MARKS, LENGTH, 0.2, 3).heldOut());
    heldAfter.removeIf(text -> text % 2 != 0);
    assertThat(heldAfter).isEqualTo(heldBefore).hasSizeGreaterThan(5);
  }

  @Test
  void tellsWhichTokensOfAStretchAreHeldOut() {
    LabelledTexts texts = texts(30);
    LabelledExamples source = new LabelledExamples(texts, MARKS, LENGTH, 0.3, 4);
    Set<Integer> judged = which(source.heldOut());
    boolean[] held = new boolean[30 * 31 / 2];
    for (int text = 0, at = 0; text < 30; text++) {
      for (int i = 0; i <= text; i++) {
        held[at++] = judged.contains(text);
      }
    }
    for (int start = 0; start < held.length; start += 7) {
      int expected = 0;
      for (int end = start; end < held.length; end++) {
        assertThat(source.heldOutWithin(start, end)).isEqualTo(expected);
        expected += held[end] ? 1 : 0;
      }
    }
  }

  /** Texts of one token: first, first + step, and so on. */
  private static LabelledTexts numbered(int first, int step, int count) {
    int[] ids = new int[count];
    LabelledTexts texts = new LabelledTexts(TextTokens.ofIds(ids));
    for (int i = 0; i < count; i++) {
      ids[i] = first + i * step;
      texts.add(i, i + 1, 0);
    }
    return texts;
  }

  @Test
  void tooFewTextsAndTooShortAContextAreRefused() {
    assertThatThrownBy(() -> new LabelledExamples(texts(1), MARKS, LENGTH, 0.1, 1))
        .hasMessageContaining("there are 1 labelled texts");
    assertThatThrownBy(() -> new LabelledExamples(texts(5), MARKS, 2, 0.1, 1))
        .hasMessageContaining("model.context-length is 2");
    assertThatThrownBy(() -> texts(3).add(4, 99, 0)).hasMessageContaining("text from 4 to 99");
  }
}
