package io.tributary.transformer.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.transformer.TokenBatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitedExamplesTest {
  private static ExampleSource texts(String letters, int context) {
    LabelledTexts texts =
        new LabelledTexts(TextTokens.ofBytes(letters.getBytes(StandardCharsets.US_ASCII)));
    for (int i = 0; i < letters.length(); i++) {
      texts.add(i, i + 1, i % 2);
    }
    return new LabelledExamples(texts, TokenMarks.BYTES, context, 0.25, 1);
  }

  private static List<Integer> inputs(Examples examples) {
    List<Integer> inputs = new ArrayList<>();
    for (int i = 0; i < examples.count(); i++) {
      TokenBatch batch = new TokenBatch(1, 2);
      examples.fill(i, batch, 0);
      inputs.add(batch.input(0));
    }
    return inputs;
  }

  @Test
  void eachPartKeepsItsOwnHeldOutExamples() {
    ExampleSource one = texts("abcdefgh", 2);
    ExampleSource other = texts("ijkl", 2);
    ExampleSource both = new UnitedExamples(List.of(one, other));
    List<Integer> training = new ArrayList<>(inputs(one.training(1, 0)));
    training.addAll(inputs(other.training(1, 0)));
    List<Integer> heldOut = new ArrayList<>(inputs(one.heldOut()));
    heldOut.addAll(inputs(other.heldOut()));
    assertThat(inputs(both.training(1, 0))).isEqualTo(training).hasSize(both.trainingCount());
    assertThat(inputs(both.heldOut())).isEqualTo(heldOut).hasSize((int) both.heldOutTargets());
    assertThat(training).doesNotContainAnyElementsOf(heldOut).hasSize(9);
  }

  @Test
  void partsMustBeForTheSameContext() {
    assertThatThrownBy(() -> new UnitedExamples(List.of(texts("abcd", 2), texts("abcd", 3))))
        .hasMessageContaining("the same context length");
    assertThatThrownBy(() -> new UnitedExamples(List.of())).hasMessageContaining("one source");
  }
}
