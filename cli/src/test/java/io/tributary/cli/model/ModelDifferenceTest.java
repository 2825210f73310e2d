package io.tributary.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import org.junit.jupiter.api.Test;

class ModelDifferenceTest {
  private static final Initializer ZEROS = new Initializer.Zeros();
  private static final Layout LAYOUT =
      Layout.builder().add("a", ZEROS, 2).add("b", ZEROS, 1, 3).build();

  @Test
  void measuresEachTensorAndTheWhole() {
    float[] first = {3, 4, 0, 0, 0};
    float[] second = {3, 1, 0, -2, 0};
    ModelDifference difference = ModelDifference.between(LAYOUT, first, second);
    ModelDifference.Part a = difference.tensors().get(0);
    assertThat(a).isEqualTo(new ModelDifference.Part("a", 3, 3 / 5.0, 3, 1));
    assertThat(difference.tensors().get(1)).isEqualTo(new ModelDifference.Part("b", 2, null, 2, 1));
    assertThat(difference.whole().difference()).isCloseTo(Math.sqrt(13), within(1e-12));
    assertThat(difference.whole().relative()).isCloseTo(Math.sqrt(13) / 5, within(1e-12));
    assertThat(difference.whole().changed()).isEqualTo(2);
  }

  @Test
  void namesTheFirstTensorThatDiffers() {
    Layout other = Layout.builder().add("a", ZEROS, 2).add("b", ZEROS, 3).build();
    assertThatThrownBy(() -> ModelDifference.requireSameLayout("A", LAYOUT, "B", other))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("A has b [1, 3] where B has b [3]");
    Layout shorter = Layout.builder().add("a", ZEROS, 2).build();
    assertThatThrownBy(() -> ModelDifference.requireSameLayout("A", LAYOUT, "B", shorter))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("A has b [1, 3] where B has no more tensors");
    Layout frozen = Layout.builder().addFrozen("a", ZEROS, 2).add("b", ZEROS, 1, 3).build();
    assertThatCode(() -> ModelDifference.requireSameLayout("A", LAYOUT, "B", frozen))
        .doesNotThrowAnyException();
  }
}
