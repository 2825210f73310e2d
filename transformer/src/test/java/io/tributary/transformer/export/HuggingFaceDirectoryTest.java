package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.mapping.Float16;
import io.tributary.transformer.pretrained.ImportOptions;
import io.tributary.transformer.pretrained.PretrainedImport;
import io.tributary.transformer.pretrained.PretrainedModel;
import io.tributary.transformer.tokens.TokenizerDigest;
import io.tributary.transformer.tokens.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is exported comes back bit for bit, and says of itself what it is. */
class HuggingFaceDirectoryTest {
  @TempDir Path directory;

  private Path export(TransformerConfig config, WeightType type, float[] weights)
      throws IOException {
    Path out = directory.resolve("out");
    ModelExport.plan(
            "name",
            config,
            ModelExport.Format.SAFETENSORS,
            type,
            directory.resolve("tokenizer.json"))
        .write(weights, out);
    return out;
  }

  /** Values of all signs and sizes, negative zeros and subnormals among them. */
  private static float[] weights(TransformerConfig config) {
    float[] weights = TinyModel.weights(config, 3);
    for (int i = 0; i < weights.length; i += 7) {
      weights[i] = i % 2 == 0 ? -0f : Float.MIN_VALUE * i;
    }
    return weights;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  static Stream<String> twins() {
    return Twins.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("twins")
  void everyTwinComesBackBitForBit(String name) throws IOException {
    TransformerConfig config = Twins.all().get(name);
    float[] weights = weights(config);
    Path out = export(config, WeightType.F32, weights);
    PretrainedModel back = PretrainedImport.read(out, ImportOptions.DEFAULTS);
    assertThat(back.config()).isEqualTo(config);
    assertThat(bits(back.weights())).isEqualTo(bits(weights));
    assertThat(back.fresh()).isEmpty();
    assertThat(back.leftOut()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("twins")
  void halvesComeBackAsTheNearestHalves(String name) throws IOException {
    TransformerConfig config = Twins.all().get(name);
    float[] weights = weights(config);
    Path out = export(config, WeightType.F16, weights);
    float[] back = PretrainedImport.read(out, ImportOptions.DEFAULTS).weights();
    for (int i = 0; i < weights.length; i++) {
      assertThat(back[i]).isEqualTo(Float16.rounded(weights[i]));
    }
  }

  @Test
  void theOwnTokenizerGoesOutAsItIsAndIsFoundByItsDigest() throws IOException {
    byte[] file = TokenizerFiles.WORD_PIECE.getBytes(StandardCharsets.UTF_8);
    Files.write(directory.resolve("tokenizer.json"), file);
    TransformerConfig config =
        Twins.BERT.edit().vocabularySize(9).tokenizer(TokenizerDigest.of(file)).build();
    float[] weights = weights(config);
    Path out = export(config, WeightType.F32, weights);
    assertThat(out.resolve("tokenizer.json")).hasBinaryContent(file);
    JsonNode tokens = json(out, "tokenizer_config.json");
    assertThat(tokens.path("cls_token").asText()).isEqualTo("[CLS]");
    assertThat(tokens.path("pad_token").asText()).isEqualTo("[PAD]");
    assertThat(json(out, "config.json").path("pad_token_id").asInt(-1)).isZero();
    PretrainedModel back = PretrainedImport.read(out, ImportOptions.DEFAULTS);
    assertThat(back.config()).isEqualTo(config);
    assertThat(bits(back.weights())).isEqualTo(bits(weights));
  }

  @Test
  void anotherTokenizerIsRefused() throws IOException {
    TransformerConfig config = Twins.BERT.edit().tokenizer("sha256:" + "0".repeat(64)).build();
    assertThatThrownBy(() -> export(config, WeightType.F32, weights(config)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("tokenizer.json does not exist", "--tokenizer", "000");
    Files.writeString(directory.resolve("tokenizer.json"), TokenizerFiles.WORD_PIECE);
    assertThatThrownBy(() -> export(config, WeightType.F32, weights(config)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("has sha256:", "made for sha256:000");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void adaptersAreMerged() throws IOException {
    TransformerConfig config =
        Twins.GPT2.edit().tuning(TuningRules.lora(2, 4, "attention.input")).build();
    float[] weights = weights(config);
    Path out = export(config, WeightType.F32, weights);
    PretrainedModel back = PretrainedImport.read(out, ImportOptions.DEFAULTS);
    assertThat(bits(back.weights())).isEqualTo(bits(LoraMerge.merge(config, weights)));
  }

  @Test
  void saysHowToGenerateAndWhereATextEnds() throws IOException {
    Path out = export(Twins.LLAMA, WeightType.F16, weights(Twins.LLAMA));
    JsonNode config = json(out, "config.json");
    assertThat(config.path("architectures").get(0).asText()).isEqualTo("LlamaForCausalLM");
    assertThat(config.path("torch_dtype").asText()).isEqualTo("float16");
    assertThat(config.path("eos_token_id").asInt()).isEqualTo(0xC1);
    assertThat(config.has("bos_token_id")).isTrue();
    assertThat(config.path("bos_token_id").isNull()).isTrue();
    assertThat(json(out, "generation_config.json").path("eos_token_id").asInt()).isEqualTo(0xC1);
  }

  @Test
  void aValueBeyondHalvesIsRefusedByItsTensorAndNothingIsLeft() throws IOException {
    float[] weights = weights(Twins.LLAMA);
    int at = (int) Twins.LLAMA.layout().tensor("layer.1.feedforward.norm.gain").offset();
    weights[at] = 65_520f;
    assertThatThrownBy(() -> export(Twins.LLAMA, WeightType.F16, weights))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll(
            "model.layers.1.post_attention_layernorm.weight", "65520.0", "export as f32");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatIsThereIsNeverOverwritten() throws IOException {
    Path out = Files.createDirectories(directory.resolve("out"));
    Path file = Files.writeString(out.resolve("mine"), "mine");
    assertThatThrownBy(() -> export(Twins.GPT2, WeightType.F32, weights(Twins.GPT2)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("mine");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(out);
    }
  }

  private static JsonNode json(Path directory, String name) throws IOException {
    return new ObjectMapper().readTree(directory.resolve(name).toFile());
  }
}
