package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TransformerConfigTest {

  @Test
  void presetsHaveTheSizesTheyAreKnownFor() {
    Layout tiny = TransformerConfig.preset("gpt-tiny").withVocabularySize(96).layout();
    assertThat(tiny.parameterCount()).isEqualTo(813_824);
    Layout shakespeare = TransformerConfig.preset("shakespeare-tiny").layout();
    assertThat(shakespeare.parameterCount()).isEqualTo(366_432);
    assertThat(shakespeare.trainableCount()).isEqualTo(366_432);
  }

  @Test
  void layoutNamesShapesAndScalesResidualProjections() {
    Layout layout = new TransformerConfig(10, 6, 2, 3, 8, 5).layout();
    assertThat(layout.tensors()).hasSize(2 + 2 * 12 + 2);
    assertThat(layout.tensor("layer.1.attention.input.weight").shape()).isEqualTo(List.of(6, 18));
    assertThat(layout.tensor("layer.1.feedforward.output.weight").initializer())
        .isEqualTo(new Initializer.Normal(0.01));
    assertThat(layout.tensor("final.norm.gain").initializer()).isEqualTo(new Initializer.Ones());
  }

  @Test
  void headsMustDivideWidth() {
    assertThatThrownBy(() -> new TransformerConfig(256, 100, 1, 3, 64, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model.width is 100 but model.heads is 3: width must be a multiple of heads");
  }

  @Test
  void sizesOutOfBoundsAreNamed() {
    assertThatThrownBy(() -> new TransformerConfig(256, 96, 0, 3, 64, 16))
        .hasMessage("model.layers is 0: it must be between 1 and 1024");
    assertThatThrownBy(() -> new TransformerConfig(256, 96, 1025, 3, 64, 16))
        .hasMessage("model.layers is 1025: it must be between 1 and 1024");
    assertThatThrownBy(() -> new TransformerConfig(1, 96, 1, 3, 64, 16))
        .hasMessageContaining("model.vocabulary-size is 1");
    assertThatThrownBy(() -> new TransformerConfig(1 << 20, 1 << 20, 1024, 1, 1 << 20, 1 << 20))
        .hasMessageContaining("lower model.width or model.layers");
  }

  @Test
  void biasesAndGainsCountTowardsTheLargestModel() {
    // The matrices alone have 2^31 - 1 values exactly.
    assertThatThrownBy(() -> new TransformerConfig(1 << 20, 1, 1023, 1, 1 << 20, 1_044_483))
        .hasMessageContaining("the model would have 3220186104 parameters");
  }

  @Property(tries = 300)
  void whateverIsAcceptedHasALayout(
      @ForAll @IntRange(min = 2, max = TransformerConfig.MAX_SIZE) int vocabularySize,
      @ForAll @IntRange(min = 1, max = 4096) int headWidth,
      @ForAll @IntRange(min = 1, max = 64) int layers,
      @ForAll @IntRange(min = 1, max = 16) int heads,
      @ForAll @IntRange(min = 1, max = TransformerConfig.MAX_SIZE) int feedForwardWidth,
      @ForAll @IntRange(min = 1, max = TransformerConfig.MAX_SIZE) int contextLength) {
    TransformerConfig config;
    try {
      config =
          new TransformerConfig(
              vocabularySize, headWidth * heads, layers, heads, feedForwardWidth, contextLength);
    } catch (IllegalArgumentException refused) {
      Assume.that(false);
      return;
    }
    assertThat(config.layout().tensors()).hasSize(4 + 12 * layers);
  }

  @Test
  void unknownPresetListsTheKnownOnes() {
    assertThatThrownBy(() -> TransformerConfig.preset("gpt-huge"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model.preset is gpt-huge: known presets are bert-minilm, char-lstm, gpt-small, gpt-tiny,"
                + " llama-tiny, moe-tiny, shakespeare-tiny, t5-tiny");
  }
}
