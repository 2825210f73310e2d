package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TrainingSettings.Length;
import io.tributary.transformer.TrainingSettings.Optimizer;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.LabelledExamples;
import io.tributary.transformer.examples.LabelledTexts;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.examples.TokenMarks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrozenHeadTest {
  private static final TrainingSettings SETTINGS =
      new TrainingSettings(
          Optimizer.ADAMW, 0.05, 0.1, 0.9, 0.99, 1e-2, 0.5, 3, new Length.Steps(7), 0.3);

  private static TransformerConfig config(HeadRules.Pooling pooling, TuningRules.Kind tuning) {
    return TinyModel.CONFIG
        .edit()
        .stack(Stack.ENCODER)
        .head(HeadRules.classification(3, pooling))
        .tuning(TuningRules.of(tuning))
        .build();
  }

  private static TransformerConfig headOnly() {
    return config(HeadRules.Pooling.MEAN, TuningRules.Kind.HEAD_ONLY);
  }

  private static ExampleSource data() {
    byte[] text = TinyModel.text(200);
    LabelledTexts texts = new LabelledTexts(TextTokens.ofBytes(text));
    for (int i = 0; i < 24; i++) {
      texts.add(8 * i, 8 * i + 1 + i % 7, i % 3);
    }
    return new LabelledExamples(texts, TokenMarks.BYTES, 6, 0.25, 1);
  }

  /** The same steps through the whole graph, by an engine that computes every gradient. */
  @ParameterizedTest
  @EnumSource(HeadRules.Pooling.class)
  void theUpdateIsThatOfTheWholeModel(HeadRules.Pooling pooling) {
    TransformerConfig config = config(pooling, TuningRules.Kind.HEAD_ONLY);
    float[] base = TinyModel.weights(config, 1);
    ExampleSource data = data();
    TrainingResult onFeatures;
    Evaluation judged;
    try (LocalModelTrainer trainer = new LocalModelTrainer(config)) {
      onFeatures = trainer.train(base, data, SETTINGS, 5, (step, steps, loss) -> {}, () -> false);
      judged = trainer.evaluate(onFeatures.parameters(), data, () -> false);
    }
    float[] whole = base.clone();
    float[] gradient = new float[base.length];
    double lossSum = 0;
    ParameterUpdate update = new ParameterUpdate(config.layout(), SETTINGS, base);
    BatchStream batches = new BatchStream(data, 5);
    TokenBatch batch = TokenBatch.of(config, 3);
    AnswerJudge judge = new AnswerJudge(config, 3);
    try (LanguageModelEngine engine = ModelEngines.open(config, 3, true)) {
      for (int step = 0; step < 7; step++) {
        batches.fill(batch, 3);
        lossSum += engine.lossAndGradient(whole, batch, gradient);
        update.apply(whole, gradient);
      }
      for (int i = 0; i < data.heldOut().count(); i += 3) {
        batch.clear();
        for (int j = 0; j < 3 && i + j < data.heldOut().count(); j++) {
          data.heldOut().fill(i + j, batch, j);
        }
        judge.add(engine.logits(whole, batch), batch);
      }
    }
    assertThat(onFeatures.meanLossNats()).isCloseTo(lossSum / 7, within(1e-5));
    assertThat(judged.natsPerTarget()).isCloseTo(judge.evaluation().natsPerTarget(), within(1e-5));
    assertThat(judged.targetCount()).isEqualTo(judge.evaluation().targetCount());
    double moved = 0;
    for (TensorSpec tensor : config.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        assertThat((double) onFeatures.parameters()[i])
            .as("%s %d", tensor.name(), i)
            .isCloseTo(whole[i], within(tensor.trainable() ? 1e-5 : 0));
        moved = Math.max(moved, Math.abs(whole[i] - base[i]));
      }
    }
    assertThat(moved).as("something was trained").isGreaterThan(0.01);
  }

  @Test
  void theGradientIsThatOfFiniteDifferences() {
    TransformerConfig config = headOnly();
    TokenBatch batch = TinyModel.batch(config, 4, 2);
    try (FrozenHead head =
        new FrozenHead(
            config,
            new FrozenFeatures(
                config, () -> ModelEngines.openEncoder(config), FrozenFeatures.MAX_BYTES))) {
      float[] values = head.use(TinyModel.weights(config, 1));
      float[] gradient = new float[values.length];
      double loss = head.lossAndGradient(values, batch, gradient);
      assertThat(loss).isPositive();
      float[] unused = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        float kept = values[i];
        values[i] = kept + 0.01f;
        double above = head.lossAndGradient(values, batch, unused);
        values[i] = kept - 0.01f;
        double below = head.lossAndGradient(values, batch, unused);
        values[i] = kept;
        assertThat((above - below) / 0.02).as("%d", i).isCloseTo(gradient[i], within(1e-3));
      }
    }
  }

  @Test
  void whatIsKeptChangesNoBit() {
    TransformerConfig config = headOnly();
    float[] base = TinyModel.weights(config, 1);
    float[] kept = trained(config, base, FrozenFeatures.MAX_BYTES, 1);
    assertThat(trained(config, base, 0, 1)).isEqualTo(kept);
    assertThat(trained(config, base, 600, 1)).as("room for some").isEqualTo(kept);
    assertThat(trained(config, base, FrozenFeatures.MAX_BYTES, 2)).as("ahead").isEqualTo(kept);
    assertThat(trained(config, base, 600, 2)).as("some of them ahead").isEqualTo(kept);
  }

  private static float[] trained(TransformerConfig config, float[] base, long bytes, int threads) {
    try (LocalModelTrainer trainer =
        new LocalModelTrainer(config, ModelEngines::open, bytes, threads)) {
      return trainer
          .train(base, data(), SETTINGS, 5, (step, steps, loss) -> {}, () -> false)
          .parameters();
    }
  }

  @Test
  void anotherEncoderIsNoticedWhereverItDiffers() {
    TransformerConfig config = headOnly();
    Layout layout = config.layout();
    float[] base = TinyModel.weights(config, 1);
    try (LocalModelTrainer trainer = new LocalModelTrainer(config)) {
      train(trainer, base);
      for (String tensor : new String[] {"token.embedding", "layer.1.feedforward.output.weight"}) {
        float[] other = base.clone();
        int at = (int) layout.tensor(tensor).offset() + (tensor.startsWith("token") ? 'o' * 4 : 0);
        other[at] += 1;
        try (LocalModelTrainer fresh = new LocalModelTrainer(config)) {
          float[] expected = train(fresh, other);
          assertThat(train(trainer, other)).as(tensor).isEqualTo(expected);
        }
      }
    }
  }

  private static float[] train(LocalModelTrainer trainer, float[] base) {
    return trainer
        .train(base, data(), SETTINGS, 5, (step, steps, loss) -> {}, () -> false)
        .parameters();
  }

  @Test
  void servesWhereNothingButAClassifierIsTrained() {
    assertThat(FrozenFeatures.serve(headOnly())).isTrue();
    assertThat(FrozenFeatures.serve(config(HeadRules.Pooling.MEAN, TuningRules.Kind.FULL)))
        .isFalse();
    assertThat(FrozenFeatures.serve(config(HeadRules.Pooling.MEAN, TuningRules.Kind.BIAS_ONLY)))
        .isFalse();
    assertThat(FrozenFeatures.serve(TinyModel.CONFIG)).isFalse();
  }
}
