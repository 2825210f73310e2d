package io.tributary.common.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {
  private static final Initializer ZEROS = new Initializer.Zeros();

  private final Layout layout =
      Layout.builder().add("a", ZEROS, 2, 3).addFrozen("b", ZEROS, 4).add("c", ZEROS, 1).build();

  @Test
  void builderLaysTensorsBackToBack() {
    assertThat(layout.tensors()).extracting(TensorSpec::offset).containsExactly(0L, 6L, 10L);
    assertThat(layout.parameterCount()).isEqualTo(11);
    assertThat(layout.trainableCount()).isEqualTo(7);
    assertThat(layout.tensor("c").end()).isEqualTo(11);
    assertThat(layout.trainableTensors()).extracting(TensorSpec::name).containsExactly("a", "c");
  }

  @Test
  void deltaLeavesFrozenTensorsOutAndAddsBackExactly() {
    float[] base = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    float[] updated = {1, 1, 2, 3, 4, 5, 60, 7, 8, 9, 12};
    float[] delta = layout.trainableDelta(base, updated);
    assertThat(delta).containsExactly(1, 0, 0, 0, 0, 0, 2);
    assertThat(layout.plusTrainableDelta(base, delta))
        .containsExactly(1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12);
  }

  @Test
  void vectorOfWrongLengthIsRefusedWithBothLengths() {
    assertThatThrownBy(() -> layout.trainableDelta(new float[10], new float[11]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("base has 10 values but the layout needs 11");
  }

  @Test
  void gapBetweenTensorsIsRefused() {
    List<TensorSpec> withGap =
        List.of(
            new TensorSpec("a", List.of(2), 0, true, ZEROS),
            new TensorSpec("b", List.of(2), 3, true, ZEROS));
    assertThatThrownBy(() -> new Layout(withGap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tensor b has offset 3 but the tensors before it end at 2");
  }

  @Test
  void repeatedNameIsRefused() {
    Layout.Builder builder = Layout.builder().add("a", ZEROS, 2).add("a", ZEROS, 2);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tensor name a stands twice");
  }

  @Test
  void emptyLayoutAndUnknownTensorAreRefused() {
    Layout.Builder empty = Layout.builder();
    assertThatThrownBy(empty::build).hasMessageContaining("layout has no tensors");
    assertThatThrownBy(() -> layout.tensor("d")).hasMessageContaining("no tensor is named d");
  }

  @Test
  void layoutLongerThanAnArrayIsRefused() {
    Layout.Builder builder =
        Layout.builder().add("a", ZEROS, 1 << 15, 1 << 15).add("b", ZEROS, 1 << 15, 1 << 15);
    assertThatThrownBy(builder::build).hasMessageContaining("layout has 2147483648 parameters");
  }
}
