package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.PositionRules.Scaling;
import io.tributary.common.model.TransformerConfig;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A model either is a twin in every part, or is refused by the part that is not. */
class TwinTest {
  @Test
  void everyPresetHasATwinOrAReason() {
    Map<String, Twin> twins =
        Map.of(
            "gpt-tiny", Twin.GPT2,
            "gpt-small", Twin.GPT2,
            "shakespeare-tiny", Twin.GPT2,
            "llama-tiny", Twin.LLAMA,
            "bert-minilm", Twin.BERT);
    for (String name : ModelPresets.names()) {
      ModelConfig config = ModelPresets.config(name);
      if (twins.containsKey(name)) {
        assertThat(Twin.of(config)).as(name).isEqualTo(twins.get(name));
      } else {
        assertThatThrownBy(() -> Twin.of(config)).as(name).isInstanceOf(UserErrorException.class);
      }
    }
  }

  static Stream<Arguments> strangers() {
    TransformerConfig gpt2 = Twins.GPT2;
    TransformerConfig llama = Twins.LLAMA;
    TransformerConfig bert = Twins.BERT;
    return Stream.of(
        Arguments.of("model.stack is encoder-decoder", ModelPresets.config("t5-tiny")),
        Arguments.of("recurrent", ModelPresets.config("char-lstm")),
        Arguments.of("model.feed-forward.kind is experts", ModelPresets.config("moe-tiny")),
        Arguments.of(
            "external network",
            new ExternalConfig(
                "0".repeat(64),
                List.of(new ExternalConfig.Tensor("w", List.of(2), null, null, null)))),
        Arguments.of(
            "model.position.kind is relative",
            gpt2.edit().position(PositionRules.Kind.RELATIVE).build()),
        Arguments.of(
            "model.position.kind is sinusoidal",
            bert.edit().position(PositionRules.Kind.SINUSOIDAL).build()),
        Arguments.of(
            "model.position.kind is none", gpt2.edit().position(PositionRules.Kind.NONE).build()),
        Arguments.of(
            "model.position.kind is rotary",
            bert.edit().position(PositionRules.Kind.ROTARY).build()),
        Arguments.of(
            "model.position.scaling is ntk",
            llama.edit().position(PositionRules.rotary(100, Scaling.NTK, 2.0)).build()),
        Arguments.of(
            "model.attention.kind is latent",
            llama.edit().attention(AttentionRules.latent(4, 2)).build()),
        Arguments.of(
            "model.attention.kind is multi-query",
            gpt2.edit().attention(AttentionRules.of(AttentionRules.Kind.MULTI_QUERY)).build()),
        Arguments.of(
            "model.attention.pattern is local",
            llama.edit().attention(AttentionRules.MULTI_HEAD.local(2)).build()),
        Arguments.of(
            "model.norm.kind is rms-norm",
            gpt2.edit().norm(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE).build()),
        Arguments.of(
            "model.norm.place is before",
            bert.edit().norm(NormRules.Kind.LAYER_NORM, NormRules.Place.BEFORE).build()),
        Arguments.of(
            "model.feed-forward.kind is gelu",
            llama.edit().feedForward(FeedForwardRules.GELU).build()),
        Arguments.of("model.biases is true", llama.edit().biases(true).build()),
        Arguments.of("model.biases is false", gpt2.edit().biases(false).build()),
        Arguments.of(
            "model.head.kind is classification",
            gpt2.edit().head(HeadRules.classification(2, null)).build()),
        Arguments.of(
            "model.head.tied is false",
            bert.edit().head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, false)).build()),
        Arguments.of(
            "model.head.predicted-tokens is 2",
            llama.edit().head(HeadRules.predicting(2)).build()));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void refusesWhatHasNoTwinByItsPart(String part, ModelConfig config) {
    assertThatThrownBy(() -> Twin.of(config))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(part);
  }

  @Test
  void tilesAreOnlyAWayToCompute() {
    AttentionRules tiled = Twins.LLAMA.attention().tiled(4);
    assertThat(Twin.of(Twins.LLAMA.edit().attention(tiled).build())).isEqualTo(Twin.LLAMA);
  }
}
