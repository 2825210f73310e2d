package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each family's tensors land where our layers look for them. */
class PretrainedImportTest {
  @TempDir Path directory;

  private PretrainedModel read(HuggingFaceFiles files, String config, ImportOptions options)
      throws IOException {
    return PretrainedImport.read(files.write(directory.resolve("model"), config), options);
  }

  private PretrainedModel read(HuggingFaceFiles files, String config) throws IOException {
    return read(files, config, ImportOptions.DEFAULTS);
  }

  private static float at(PretrainedModel model, String name, int row, int column) {
    TensorSpec tensor = model.config().layout().tensor(name);
    return model.weights()[(int) tensor.offset() + row * tensor.shape().get(1) + column];
  }

  private static float at(PretrainedModel model, String name, int index) {
    return model.weights()[(int) model.config().layout().tensor(name).offset() + index];
  }

  private static ImportOptions head(HeadRules.Kind head, Integer classes) {
    return new ImportOptions(head, classes, null, null, false, 42);
  }

  @Test
  void bertsMatricesAreTransposedAndJoined() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.bert("", "weight", "bias");
    PretrainedModel model = read(files, HuggingFaceFiles.BERT);
    String from = "encoder.layer.1.";
    for (int in = 0; in < 8; in++) {
      for (int out = 0; out < 8; out++) {
        String input = "layer.1.attention.input.weight";
        assertThat(at(model, input, in, out))
            .isEqualTo(files.at(from + "attention.self.query.weight", out, in));
        assertThat(at(model, input, in, 8 + out))
            .isEqualTo(files.at(from + "attention.self.key.weight", out, in));
        assertThat(at(model, input, in, 16 + out))
            .isEqualTo(files.at(from + "attention.self.value.weight", out, in));
        assertThat(at(model, "layer.1.attention.output.weight", in, out))
            .isEqualTo(files.at(from + "attention.output.dense.weight", out, in));
      }
      for (int inner = 0; inner < 12; inner++) {
        assertThat(at(model, "layer.1.feedforward.input.weight", in, inner))
            .isEqualTo(files.at(from + "intermediate.dense.weight", inner, in));
        assertThat(at(model, "layer.1.feedforward.output.weight", inner, in))
            .isEqualTo(files.at(from + "output.dense.weight", in, inner));
      }
      assertThat(at(model, "layer.1.attention.input.bias", 8 + in))
          .isEqualTo(files.at(from + "attention.self.key.bias", in));
      assertThat(at(model, "layer.1.attention.norm.gain", in))
          .isEqualTo(files.at(from + "attention.output.LayerNorm.weight", in));
      assertThat(at(model, "layer.1.feedforward.norm.bias", in))
          .isEqualTo(files.at(from + "output.LayerNorm.bias", in));
      assertThat(at(model, "layer.1.feedforward.output.bias", in))
          .isEqualTo(files.at(from + "output.dense.bias", in));
      assertThat(at(model, "embedding.norm.gain", in))
          .isEqualTo(files.at("embeddings.LayerNorm.weight", in));
    }
    assertThat(model.config().norm().place()).isEqualTo(NormRules.Place.AFTER);
    assertThat(model.leftOut()).isEmpty();
  }

  @Test
  void bertsFirstTokenTypeIsAddedToEachPosition() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.bert("", "weight", "bias");
    ImportOptions shorter = new ImportOptions(null, null, null, 7, false, 42);
    PretrainedModel model = read(files, HuggingFaceFiles.BERT, shorter);
    assertThat(model.config().contextLength()).isEqualTo(7);
    for (int position = 0; position < 7; position++) {
      for (int i = 0; i < 8; i++) {
        assertThat(at(model, "position.embedding", position, i))
            .isEqualTo(
                files.at("embeddings.position_embeddings.weight", position, i)
                    + files.at("embeddings.token_type_embeddings.weight", 0, i));
        assertThat(at(model, "token.embedding", position, i))
            .isEqualTo(files.at("embeddings.word_embeddings.weight", position, i));
      }
    }
  }

  @Test
  void bertsOldNamesAndPrefixGiveTheSame() throws IOException {
    HuggingFaceFiles files =
        HuggingFaceFiles.bert("bert.", "gamma", "beta")
            .with("bert.pooler.dense.weight", 8, 8)
            .with("cls.predictions.bias", 9)
            .with("cls.predictions.decoder.weight", 9, 8);
    PretrainedModel model = read(files, HuggingFaceFiles.BERT);
    assertThat(at(model, "layer.0.feedforward.norm.gain", 3))
        .isEqualTo(files.at("bert.encoder.layer.0.output.LayerNorm.gamma", 3));
    assertThat(at(model, "layer.0.feedforward.norm.bias", 3))
        .isEqualTo(files.at("bert.encoder.layer.0.output.LayerNorm.beta", 3));
    assertThat(model.leftOut()).containsExactly("bert.pooler.dense.weight", "cls.predictions.bias");
  }

  @Test
  void aClassifierIsNewAndAsInANewModel() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.bert("", "weight", "bias");
    PretrainedModel model =
        read(files, HuggingFaceFiles.BERT, head(HeadRules.Kind.CLASSIFICATION, 3));
    assertThat(model.fresh()).containsExactly("classifier.weight", "classifier.bias");
    TensorSpec classifier = model.config().layout().tensor("classifier.weight");
    float[] anew = InitialWeights.create(model.config().layout(), 42);
    int from = (int) classifier.offset();
    assertThat(Arrays.copyOfRange(model.weights(), from, from + 24))
        .isEqualTo(Arrays.copyOfRange(anew, from, from + 24));
  }

  @Test
  void embeddingsCanBeFrozen() throws IOException {
    PretrainedModel model =
        read(
            HuggingFaceFiles.bert("", "weight", "bias"),
            HuggingFaceFiles.BERT,
            new ImportOptions(null, null, null, null, true, 42));
    assertThat(model.config().layout().tensor("token.embedding").trainable()).isFalse();
    assertThat(model.config().layout().tensor("position.embedding").trainable()).isFalse();
    assertThat(model.config().layout().tensor("layer.0.attention.input.weight").trainable())
        .isTrue();
  }

  @Test
  void gpt2sMatricesAreTakenAsTheyAre() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.gpt2("transformer.");
    PretrainedModel model = read(files, HuggingFaceFiles.GPT2);
    for (int in = 0; in < 8; in++) {
      for (int out = 0; out < 24; out++) {
        assertThat(at(model, "layer.1.attention.input.weight", in, out))
            .isEqualTo(files.at("transformer.h.1.attn.c_attn.weight", in, out));
      }
      for (int inner = 0; inner < 32; inner++) {
        assertThat(at(model, "layer.1.feedforward.output.weight", inner, in))
            .isEqualTo(files.at("transformer.h.1.mlp.c_proj.weight", inner, in));
      }
      assertThat(at(model, "layer.0.attention.norm.gain", in))
          .isEqualTo(files.at("transformer.h.0.ln_1.weight", in));
      assertThat(at(model, "layer.0.feedforward.norm.bias", in))
          .isEqualTo(files.at("transformer.h.0.ln_2.bias", in));
      assertThat(at(model, "final.norm.gain", in))
          .isEqualTo(files.at("transformer.ln_f.weight", in));
    }
    assertThat(model.config().head().tied()).isTrue();
    assertThat(model.config().feedForward().kind()).isEqualTo(FeedForwardRules.Kind.GELU);
    assertThat(model.leftOut()).isEmpty();
  }

  @Test
  void gpt2sOwnHeadIsTransposed() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.gpt2("").with("lm_head.weight", 9, 8);
    String config =
        HuggingFaceFiles.GPT2.replace("\"n_head\"", "\"tie_word_embeddings\":false,\"n_head\"");
    PretrainedModel model = read(files, config);
    assertThat(model.config().head().tied()).isFalse();
    for (int token = 0; token < 9; token++) {
      for (int i = 0; i < 8; i++) {
        assertThat(at(model, "head.weight", i, token))
            .isEqualTo(files.at("lm_head.weight", token, i));
      }
    }
  }

  @Test
  void llamasProjectionsAreTransposedAndJoined() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.llama();
    PretrainedModel model = read(files, HuggingFaceFiles.LLAMA);
    String from = "model.layers.1.";
    for (int in = 0; in < 16; in++) {
      for (int out = 0; out < 16; out++) {
        assertThat(at(model, "layer.1.attention.input.weight", in, out))
            .isEqualTo(files.at(from + "self_attn.q_proj.weight", out, in));
        assertThat(at(model, "layer.1.attention.output.weight", in, out))
            .isEqualTo(files.at(from + "self_attn.o_proj.weight", out, in));
      }
      for (int out = 0; out < 8; out++) {
        assertThat(at(model, "layer.1.attention.input.weight", in, 16 + out))
            .isEqualTo(files.at(from + "self_attn.k_proj.weight", out, in));
        assertThat(at(model, "layer.1.attention.input.weight", in, 24 + out))
            .isEqualTo(files.at(from + "self_attn.v_proj.weight", out, in));
      }
      for (int inner = 0; inner < 12; inner++) {
        assertThat(at(model, "layer.1.feedforward.input.weight", in, inner))
            .isEqualTo(files.at(from + "mlp.gate_proj.weight", inner, in));
        assertThat(at(model, "layer.1.feedforward.input.weight", in, 12 + inner))
            .isEqualTo(files.at(from + "mlp.up_proj.weight", inner, in));
        assertThat(at(model, "layer.1.feedforward.output.weight", inner, in))
            .isEqualTo(files.at(from + "mlp.down_proj.weight", in, inner));
      }
      assertThat(at(model, "layer.1.feedforward.norm.gain", in))
          .isEqualTo(files.at(from + "post_attention_layernorm.weight", in));
      assertThat(at(model, "head.weight", in, 5)).isEqualTo(files.at("lm_head.weight", 5, in));
    }
    assertThat(model.config().attention()).isEqualTo(AttentionRules.grouped(2));
    assertThat(model.config().position())
        .isEqualTo(PositionRules.rotary(5000, PositionRules.Scaling.NONE, null));
    assertThat(model.config().norm())
        .isEqualTo(new NormRules(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE, 1e-6));
    assertThat(model.config().biases()).isFalse();
    assertThat(model.leftOut()).isEmpty();
  }

  @Test
  void llamasLinearScalingIsRead() throws IOException {
    String scaled =
        HuggingFaceFiles.LLAMA.replace(
            "\"rope_scaling\":null", "\"rope_scaling\":{\"type\":\"linear\",\"factor\":4.0}");
    assertThat(read(HuggingFaceFiles.llama(), scaled).config().position())
        .isEqualTo(PositionRules.rotary(5000, PositionRules.Scaling.LINEAR, 4.0));
    String recent =
        HuggingFaceFiles.LLAMA
            .replace("\"rope_theta\":5000.0,", "")
            .replace(
                "\"rope_scaling\":null",
                "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":7000}");
    assertThat(read(HuggingFaceFiles.llama(), recent).config().position())
        .isEqualTo(PositionRules.rotary(7000, PositionRules.Scaling.NONE, null));
  }

  @Test
  void namesThePartOfTheFileThatIsMissing() {
    HuggingFaceFiles files = HuggingFaceFiles.llama().without("model.layers.1.mlp.up_proj.weight");
    assertThatThrownBy(() -> read(files, HuggingFaceFiles.LLAMA))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll(
            "model.safetensors", "model.layers.1.mlp.up_proj.weight is missing");
  }
}
