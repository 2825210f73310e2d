package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.TokenBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraMergeTest {

  @ParameterizedTest
  @ValueSource(strings = {"lora", "lora on latent"})
  void theMergedModelAnswersAsTheOneWithAdapters(String variant) {
    TransformerConfig config = Variants.others().get(variant);
    float[] adapted = TinyModel.weights(config, 5);
    float[] merged = LoraMerge.merge(config, adapted);
    TransformerConfig plain = LoraMerge.merged(config);
    TokenBatch batch = TinyModel.batch(config, 2, 6);
    double[] expected = answers(config, adapted, batch);
    assertThat(answers(plain, merged, batch)).containsExactly(expected, within(1e-5));
    // The adapters did something: without them the answers are others.
    float[] dropped = adapted.clone();
    for (TensorSpec tensor : config.layout().trainableTensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        dropped[i] = 0;
      }
    }
    assertThat(Math.abs(answers(config, dropped, batch)[0] - expected[0])).isGreaterThan(1e-3);
  }

  @Test
  void onlyLoraCanBeMerged() {
    assertThatThrownBy(() -> LoraMerge.merged(Variants.BASE))
        .hasMessage("model.tuning.kind is full: only lora has adapters to merge");
  }

  private static double[] answers(TransformerConfig config, float[] weights, TokenBatch batch) {
    try (DoubleModel model = new DoubleModel(config, 2)) {
      return model.answers(TinyModel.doubles(weights), batch).clone();
    }
  }
}
