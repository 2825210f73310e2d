package io.tributary.transformer.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TokenBatch;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MaskedExamplesTest {
  private static final int LENGTH = 32;
  private static final byte[] TEXT =
      "a rose by any other name would smell as sweet. "
          .repeat(200)
          .getBytes(StandardCharsets.UTF_8);
  private static final TokenMarks WORDS =
      new TokenMarks(1000, 900, 901, 902, -1, 0, new int[] {901}, new int[] {902});

  private static TransformerConfig encoder(int vocabulary) {
    return new TransformerConfig(vocabulary, 4, 1, 1, 4, LENGTH)
        .edit()
        .stack(Stack.ENCODER)
        .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
        .build();
  }

  private static MaskedExamples ofBytes(double share) {
    return new MaskedExamples(TextTokens.ofBytes(TEXT), TokenMarks.BYTES, LENGTH, share, 0.1, 3);
  }

  private static TokenBatch filled(Examples examples, int index) {
    TokenBatch batch = TokenBatch.of(encoder(1000), 1);
    examples.fill(index, batch, 0);
    return batch;
  }

  @Test
  void hidesTheShareAndReplacesEightyTenTen() {
    MaskedExamples source = ofBytes(0.15);
    int masked = 0;
    int kept = 0;
    int replaced = 0;
    int rows = 0;
    for (int epoch = 0; epoch < 20; epoch++) {
      Examples examples = source.training(7, epoch);
      for (int i = 0; i < examples.count(); i++) {
        TokenBatch batch = filled(examples, i);
        assertThat(batch.targetCount()).isEqualTo(5); // 15 % of 32
        for (int row = 0; row < LENGTH; row++) {
          assertThat(batch.present(row)).isTrue();
          rows++;
          if (batch.target(row) == TokenBatch.NO_TARGET) {
            assertThat(batch.input(row)).as("what is not hidden is text").isBetween(1, 127);
          } else if (batch.input(row) == 0xFF) {
            masked++;
          } else if (batch.input(row) == batch.target(row)) {
            kept++;
          } else {
            replaced++;
          }
        }
      }
    }
    double hidden = masked + kept + replaced;
    assertThat(hidden / rows).isCloseTo(5.0 / 32, within(1e-9));
    assertThat(masked / hidden).isCloseTo(0.8, within(0.02));
    assertThat(replaced / hidden).isCloseTo(0.1, within(0.015));
    assertThat(kept / hidden).isCloseTo(0.1, within(0.015));
  }

  @Test
  void targetsAreTheTextThatWasHidden() {
    byte[] letters = new byte[LENGTH * 40];
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (byte) (1 + i % 100);
    }
    MaskedExamples source =
        new MaskedExamples(TextTokens.ofBytes(letters), TokenMarks.BYTES, LENGTH, 0.15, 0.1, 3);
    TokenBatch batch = filled(source.training(1, 0), 2);
    int first = -1; // the window's first token, found from what shows
    for (int row = 0; row < LENGTH && first < 0; row++) {
      if (batch.target(row) == TokenBatch.NO_TARGET) {
        first = Math.floorMod(batch.input(row) - 1 - row, 100);
      }
    }
    for (int row = 0; row < LENGTH; row++) {
      int text = 1 + (first + row) % 100;
      int shown = batch.target(row) == TokenBatch.NO_TARGET ? batch.input(row) : batch.target(row);
      assertThat(shown).as("row %d", row).isEqualTo(text);
    }
  }

  @Test
  void eachEpochHidesAnewButHeldOutExamplesNeverChange() {
    MaskedExamples source = ofBytes(0.15);
    Set<String> seen = new HashSet<>();
    for (int epoch = 0; epoch < 5; epoch++) {
      assertThat(seen.add(places(filled(source.training(7, epoch), 0)))).isTrue();
    }
    assertThat(places(filled(source.training(7, 3), 1)))
        .isEqualTo(places(filled(source.training(7, 3), 1)));
    Examples heldOut = source.heldOut();
    long targets = 0;
    for (int i = 0; i < heldOut.count(); i++) {
      TokenBatch batch = filled(heldOut, i);
      targets += batch.targetCount();
      assertThat(places(filled(ofBytes(0.15).heldOut(), i))).isEqualTo(places(batch));
    }
    assertThat(source.heldOutTargets()).isEqualTo(targets).isGreaterThan(100);
  }

  private static String places(TokenBatch batch) {
    StringBuilder places = new StringBuilder();
    for (int row = 0; row < batch.rows(); row++) {
      places.append(batch.input(row)).append(':').append(batch.target(row)).append(' ');
    }
    return places.toString();
  }

  @Test
  void aTokenizersMarksStandAroundEachWindowAndAreNeverHidden() {
    int[] ids = new int[3000];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i % 50 == 49 ? 902 : i % 700;
    }
    MaskedExamples source = new MaskedExamples(TextTokens.ofIds(ids), WORDS, LENGTH, 0.5, 0.1, 3);
    Examples examples = source.training(1, 0);
    boolean separatorWithin = false;
    for (int i = 0; i < examples.count(); i++) {
      TokenBatch batch = filled(examples, i);
      assertThat(batch.input(0)).isEqualTo(901);
      assertThat(batch.input(LENGTH - 1)).isEqualTo(902);
      for (int row = 0; row < LENGTH; row++) {
        assertThat(batch.target(row)).isNotIn(901, 902);
        separatorWithin |= row > 0 && row < LENGTH - 1 && batch.input(row) == 902;
      }
      assertThat(batch.targetCount()).isBetween(14, 15);
    }
    assertThat(separatorWithin).isTrue();
  }

  @Test
  void aTokenizerWithoutAMaskIsRefused() {
    TokenMarks none = new TokenMarks(1000, -1, -1, -1, -1, 0, new int[0], new int[0]);
    assertThatThrownBy(
            () -> new MaskedExamples(TextTokens.ofIds(new int[99]), none, LENGTH, 0.1, 0.1, 1))
        .hasMessageContaining("no mask token");
  }
}
