package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.RecurrentConfig;
import io.tributary.transformer.recurrent.RecurrentEngine;
import io.tributary.transformer.samediff.SameDiffEngine;
import org.junit.jupiter.api.Test;

class ModelEnginesTest {
  @Test
  void eachKindOfModelHasItsEngine() {
    RecurrentConfig recurrent = new RecurrentConfig(RecurrentConfig.Cell.GRU, 9, 2, 3, 1, 4, null);
    try (LanguageModelEngine engine = ModelEngines.open(recurrent, 2, true);
        LanguageModelEngine other = ModelEngines.open(TinyModel.CONFIG, 3, false)) {
      assertThat(engine).isInstanceOf(RecurrentEngine.class);
      assertThat(engine.config()).isEqualTo(recurrent);
      assertThat(engine.batchSize()).isEqualTo(2);
      assertThat(other).isInstanceOf(SameDiffEngine.class);
      assertThat(other.batchSize()).isEqualTo(3);
    }
  }
}
