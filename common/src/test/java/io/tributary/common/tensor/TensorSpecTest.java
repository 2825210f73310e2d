package io.tributary.common.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TensorSpecTest {
  private static final Initializer ONES = new Initializer.Ones();

  @Test
  void sizeIsTheProductOfTheShape() {
    TensorSpec tensor = new TensorSpec("w", List.of(3, 4, 5), 7, true, ONES);
    assertThat(tensor.size()).isEqualTo(60);
    assertThat(tensor.end()).isEqualTo(67);
  }

  @Test
  void badPartsAreNamed() {
    assertThatThrownBy(() -> new TensorSpec(" ", List.of(1), 0, true, ONES))
        .hasMessageContaining("name is blank");
    assertThatThrownBy(() -> new TensorSpec("w", List.of(2, 0), 0, true, ONES))
        .hasMessageContaining("tensor w has shape [2, 0]");
    assertThatThrownBy(() -> new TensorSpec("w", List.of(), 0, true, ONES))
        .hasMessageContaining("tensor w has no shape");
    assertThatThrownBy(() -> new TensorSpec("w", List.of(2), -1, true, ONES))
        .hasMessageContaining("tensor w has offset -1");
    assertThatThrownBy(() -> new TensorSpec("w", List.of(65536, 65536), 0, true, ONES))
        .hasMessageContaining("at most 2147483647 values");
    assertThatThrownBy(() -> new TensorSpec("w", List.of(2), 0, true, null))
        .hasMessageContaining("no initializer");
  }

  @Test
  void normalNeedsAPositiveFiniteDeviation() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new Initializer.Normal(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("standardDeviation is " + bad);
    }
  }
}
