package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.transformer.TrainingSettings.Length;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.NextTokenExamples;
import io.tributary.transformer.examples.TextTokens;
import org.junit.jupiter.api.Test;

class TrainingSettingsTest {
  private static final Length STEPS = new Length.Steps(1);

  @Test
  void badValuesAreNamed() {
    assertThatThrownBy(() -> TrainingSettings.adamW(-1, 4, STEPS))
        .hasMessage("local.learning-rate is -1.0: it must be positive");
    assertThatThrownBy(() -> TrainingSettings.adamW(Double.NaN, 4, STEPS))
        .hasMessageContaining("local.learning-rate is NaN");
    assertThatThrownBy(() -> TrainingSettings.adamW(1, 0, STEPS))
        .hasMessageContaining("local.batch-size is 0");
    assertThatThrownBy(() -> new Length.Epochs(0)).hasMessageContaining("local.epochs is 0");
    assertThatThrownBy(() -> new Length.Steps(-2)).hasMessageContaining("local.steps is -2");
  }

  @Test
  void stepsFollowFromWindowsAndEpochs() {
    // 100 windows
    ExampleSource data = new NextTokenExamples(TextTokens.ofBytes(new byte[601]), 6, 0, 1);
    assertThat(data.trainingCount()).isEqualTo(100);
    assertThat(steps(data, 8, new Length.Epochs(1))).isEqualTo(13);
    assertThat(steps(data, 8, new Length.Epochs(2))).isEqualTo(25);
    assertThat(steps(data, 8, new Length.Steps(7))).isEqualTo(7);
  }

  @Test
  void learningRateCanBeReplaced() {
    TrainingSettings settings = TrainingSettings.adamW(1, 4, STEPS);
    assertThat(settings.withLearningRate(0.5)).isEqualTo(TrainingSettings.adamW(0.5, 4, STEPS));
  }

  private static int steps(ExampleSource data, int batch, Length length) {
    return LocalModelTrainer.stepCount(data, TrainingSettings.adamW(1, batch, length));
  }
}
