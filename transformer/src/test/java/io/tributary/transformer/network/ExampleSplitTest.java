package io.tributary.transformer.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ExampleSplitTest {
  private static NumericExamples examples(List<Integer> values) {
    float[][] rows = new float[values.size()][];
    float[][] answers = new float[values.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new float[] {values.get(i)};
      answers[i] = new float[] {1};
    }
    return new NumericExamples(rows, answers);
  }

  private static Set<Integer> heldOut(List<Integer> values, long seed) {
    Set<Integer> held = new HashSet<>();
    for (int index : ExampleSplit.of(examples(values), 0.4, seed).heldOut()) {
      held.add(values.get(index));
    }
    return held;
  }

  @Property(tries = 200)
  void dependsOnContentAloneAndSeparatesNoCopies(
      @ForAll @Size(min = 60, max = 100) List<@IntRange(max = 5_000) Integer> values,
      @ForAll long seed) {
    List<Integer> doubled = new java.util.ArrayList<>(values);
    java.util.Collections.reverse(doubled);
    doubled.addAll(values);
    Set<Integer> held = heldOut(values, seed);
    assertThat(heldOut(doubled, seed)).isEqualTo(held);
    ExampleSplit split = ExampleSplit.of(examples(doubled), 0.4, seed);
    assertThat(Arrays.stream(split.training()).map(doubled::get)).doesNotContainAnyElementsOf(held);
    assertThat(split.training().length + split.heldOut().length).isEqualTo(doubled.size());
  }

  @Test
  void isAboutAsLargeAsItsShareAndAnotherWithAnotherSeed() {
    List<Integer> values = java.util.stream.IntStream.range(0, 10_000).boxed().toList();
    assertThat(heldOut(values, 1)).hasSizeBetween(3_850, 4_150);
    assertThat(heldOut(values, 1)).isNotEqualTo(heldOut(values, 2));
  }

  @Test
  void saysWhenOneSideIsEmpty() {
    assertThatThrownBy(() -> ExampleSplit.of(examples(List.of(1, 1, 1)), 0.4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of 3 examples");
  }
}
