package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransformerLayoutTest {
  private static final TransformerConfig SMALL = new TransformerConfig(256, 12, 2, 3, 20, 8);

  @Test
  void llamaTinyHasAsManyParametersAsGptTinyToHalfAPercent() {
    int gpt = ModelPresets.config("gpt-tiny").layout().parameterCount();
    int llama = ModelPresets.config("llama-tiny").layout().parameterCount();
    assertThat(llama).isBetween((int) (gpt * 0.995), gpt);
  }

  @Test
  void minilmHasTheSizeItIsKnownFor() {
    // 22,565,376 in the file, where two token types stand beside the positions.
    int count =
        TransformerConfig.preset("bert-minilm")
            .edit()
            .contextLength(512)
            .build()
            .layout()
            .parameterCount();
    assertThat(count).isEqualTo(22_565_376 - 2 * 384);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gpt-tiny", "gpt-small", "llama-tiny", "moe-tiny", "bert-minilm", "t5-tiny"})
  void presetsSurviveJson(String name) {
    TransformerConfig preset = TransformerConfig.preset(name);
    byte[] json = ConfigReader.toCanonicalJson(preset);
    assertThat(ConfigReader.readJson(json, TransformerConfig.class, "json")).isEqualTo(preset);
  }

  @Test
  void loraTrainsItsAdaptersAlone() {
    Layout layout =
        SMALL
            .edit()
            .tuning(TuningRules.lora(2, 4, "attention.input", "head"))
            .head(HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false))
            .build()
            .layout();
    assertThat(trained(layout))
        .containsExactly(
            "layer.0.attention.input.lora.down",
            "layer.0.attention.input.lora.up",
            "layer.1.attention.input.lora.down",
            "layer.1.attention.input.lora.up",
            "head.lora.down",
            "head.lora.up");
    assertThat(layout.trainableCount()).isEqualTo(2 * (12 * 2 + 2 * 36) + 12 * 2 + 2 * 256);
  }

  @Test
  void headOnlyTrainsTheClassifierAlone() {
    Layout layout =
        SMALL
            .edit()
            .head(HeadRules.classification(2, HeadRules.Pooling.MEAN))
            .tuning(TuningRules.of(TuningRules.Kind.HEAD_ONLY))
            .build()
            .layout();
    assertThat(trained(layout)).containsExactly("classifier.weight", "classifier.bias");
  }

  @Test
  void biasOnlyTrainsBiasesAlone() {
    Layout layout =
        SMALL.edit().tuning(TuningRules.of(TuningRules.Kind.BIAS_ONLY)).build().layout();
    assertThat(trained(layout)).hasSize(2 * 6 + 1).allMatch(name -> name.endsWith(".bias"));
  }

  @Test
  void frozenEmbeddingsStayAtHome() {
    Layout layout = SMALL.edit().tuning(TuningRules.frozenEmbeddings()).build().layout();
    assertThat(layout.parameterCount() - layout.trainableCount()).isEqualTo((256 + 8) * 12);
  }

  @Test
  void latentAttentionCompressesKeysAndValues() {
    Layout layout =
        SMALL
            .edit()
            .position(PositionRules.Kind.ROTARY)
            .attention(AttentionRules.latent(5, 2))
            .build()
            .layout();
    assertThat(layout.tensor("layer.0.attention.query.weight").shape())
        .isEqualTo(List.of(12, 3 * (4 + 2)));
    assertThat(layout.tensor("layer.0.attention.latent.weight").shape())
        .isEqualTo(List.of(12, 5 + 2));
    assertThat(layout.tensor("layer.0.attention.latent-up.weight").shape())
        .isEqualTo(List.of(5, 2 * 12));
  }

  @Test
  void combinationsThatMakeNoSenseAreRefusedWithTheReason() {
    assertThatThrownBy(
            () ->
                SMALL.edit().head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true)).build())
        .hasMessageContaining("model.head.kind is masked-lm but model.stack is decoder");
    assertThatThrownBy(() -> SMALL.edit().attention(AttentionRules.grouped(2)).build())
        .hasMessage(
            "model.heads is 3 but model.attention.key-value-heads is 2: heads must be a multiple of"
                + " key-value-heads");
    assertThatThrownBy(
            () -> new PositionRules(PositionRules.Kind.LEARNED, 500.0, null, null, null, null))
        .hasMessageContaining("model.position.base is 500.0 but belongs to position.kind rotary");
    assertThatThrownBy(() -> SMALL.edit().width(9).position(PositionRules.Kind.ROTARY).build())
        .hasMessageContaining("rotary positions turn pairs");
    assertThatThrownBy(
            () -> SMALL.edit().tuning(TuningRules.of(TuningRules.Kind.HEAD_ONLY)).build())
        .hasMessageContaining("model.tuning.kind is head-only but the head is the token embedding");
    assertThatThrownBy(() -> SMALL.edit().tuning(TuningRules.lora(2, 4, "cross.query")).build())
        .hasMessageContaining("cross.query but this model has no such linear layer");
  }

  private static List<String> trained(Layout layout) {
    return layout.trainableTensors().stream().map(TensorSpec::name).toList();
  }
}
