package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.HeadRules;
import io.tributary.common.random.CounterRandom;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first part that we do not have, or that is not there, is named. */
class PretrainedRefusalTest {
  private static final Pattern VALUE = Pattern.compile("(?<=:)[^,}{]+");
  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "-1",
          "2147483647",
          "2147483648",
          "1e400",
          "0.5",
          "null",
          "true",
          "false",
          "\"\"",
          "\"x\"",
          "[]",
          "{}",
          "1048576",
          "1e-300");

  @TempDir Path directory;

  private void refuses(Path from, ImportOptions options, String... parts) {
    assertThatThrownBy(() -> PretrainedImport.read(from, options))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"hidden_act\":\"gelu\" | \"hidden_act\":\"relu\" | hidden_act is relu: supported are gelu",
        "\"model_type\":\"bert\" | \"model_type\":\"t5\" | model_type is t5: supported are bert, gpt2",
        "\"model_type\":\"bert\", |  | model_type is missing",
        "\"hidden_size\":8 | \"hidden_size\":\"8\" | hidden_size is 8: a whole number",
        "\"hidden_size\":8, |  | hidden_size is missing",
        "\"vocab_size\":9 | \"vocab_size\":10 | word_embeddings.weight has shape [9, 8] but must",
        "\"num_hidden_layers\":2 | \"num_hidden_layers\":3 | encoder.layer.2.attention",
        "\"pad_token_id\":0 | \"position_embedding_type\":\"relative_key\" | relative_key",
        "\"pad_token_id\":0 | \"is_decoder\":true | is_decoder is true",
        "\"num_attention_heads\":2 | \"num_attention_heads\":3 | model.width is 8 but model.heads is 3",
        "\"layer_norm_eps\":1e-12 | \"layer_norm_eps\":\"x\" | layer_norm_eps is not a number",
        "\"layer_norm_eps\":1e-12 | \"layer_norm_eps\":1e-20 | model.norm.epsilon",
      })
  void refusesABertWith(String valid, String changed, String part) throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.bert("", "weight", "bias");
    String config = HuggingFaceFiles.BERT.replace(valid, changed == null ? "" : changed);
    assertThat(config).isNotEqualTo(HuggingFaceFiles.BERT);
    refuses(files.write(directory, config), ImportOptions.DEFAULTS, part);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"rope_scaling\":null | \"rope_scaling\":{\"rope_type\":\"yarn\"} | rope_type is yarn",
        "\"rope_scaling\":null | \"rope_scaling\":{\"type\":\"dynamic\"} | rope_scaling.type is dynamic",
        "\"rope_scaling\":null | \"rope_scaling\":{\"type\":\"linear\",\"factor\":\"x\"} | factor is not",
        "\"rope_scaling\":null | \"rope_scaling\":3 | rope_scaling is 3: a group of keys",
        "\"rope_scaling\":null | \"sliding_window\":4096 | sliding_window is 4096: a sliding window",
        "\"rope_scaling\":null | \"head_dim\":8 | head_dim is 8",
        "\"rope_scaling\":null | \"quantization_config\":{} | a quantized model is not supported",
        "\"attention_bias\":false | \"attention_bias\":true | attention_bias is true",
        "\"attention_bias\":false | \"mlp_bias\":true | mlp_bias is true",
        "\"hidden_act\":\"silu\" | \"hidden_act\":\"gelu\" | hidden_act is gelu: supported are silu",
        "\"num_key_value_heads\":2 | \"num_key_value_heads\":3 | model.attention.key-value-heads is 3",
      })
  void refusesALlamaWith(String valid, String changed, String part) throws IOException {
    String config = HuggingFaceFiles.LLAMA.replace(valid, changed);
    assertThat(config).isNotEqualTo(HuggingFaceFiles.LLAMA);
    refuses(
        HuggingFaceFiles.llama().write(directory, config),
        ImportOptions.DEFAULTS,
        "config.json",
        part);
  }

  @Test
  void refusesAGpt2WithPartsThatWeDoNotHave() throws IOException {
    String[][] parts = {
      {"scale_attn_by_inverse_layer_idx", "true"},
      {"scale_attn_weights", "false"},
      {"add_cross_attention", "true"},
    };
    for (String[] part : parts) {
      String pair = "\"%s\":%s".formatted(part[0], part[1]);
      String config = HuggingFaceFiles.GPT2.replace("\"n_head\"", pair + ",\"n_head\"");
      refuses(
          HuggingFaceFiles.gpt2("").write(directory, config),
          ImportOptions.DEFAULTS,
          part[0] + " is " + part[1]);
    }
  }

  @Test
  void claimedSizesCostNoMemory() throws IOException {
    String config =
        HuggingFaceFiles.BERT
            .replace("\"vocab_size\":9", "\"vocab_size\":1000000")
            .replace("\"hidden_size\":8", "\"hidden_size\":2000")
            .replace("\"intermediate_size\":12", "\"intermediate_size\":1");
    Path from = HuggingFaceFiles.bert("", "weight", "bias").write(directory, config);
    // 8 GB of parameters; this process has 1.
    refuses(from, ImportOptions.DEFAULTS, "has shape [9, 8] but must have [1000000, 2000]");
  }

  @Test
  void refusesMoreContextThanThereArePositions() throws IOException {
    ImportOptions options = new ImportOptions(null, null, null, 11, false, 42);
    refuses(
        HuggingFaceFiles.bert("", "weight", "bias").write(directory, HuggingFaceFiles.BERT),
        options,
        "context length is 11",
        "10 positions");
    refuses(
        HuggingFaceFiles.llama().write(directory, HuggingFaceFiles.LLAMA), options, "10 positions");
    refuses(
        HuggingFaceFiles.gpt2("").write(directory, HuggingFaceFiles.GPT2), options, "10 positions");
  }

  @Test
  void refusesAHeadThatDoesNotFit() throws IOException {
    Path from = HuggingFaceFiles.gpt2("").write(directory, HuggingFaceFiles.GPT2);
    refuses(
        from,
        new ImportOptions(HeadRules.Kind.MASKED_LM, null, null, null, false, 42),
        "model.head.kind is masked-lm but model.stack is decoder");
    refuses(
        from,
        new ImportOptions(HeadRules.Kind.CLASSIFICATION, null, null, null, false, 42),
        "model.head.classes is missing");
    refuses(
        from,
        new ImportOptions(null, 3, null, null, false, 42),
        "model.head.classes is 3 but belongs to");
  }

  @Test
  void refusesATokenizerThatIsMissingOrTooLarge() throws IOException {
    String config = HuggingFaceFiles.GPT2.replace("\"vocab_size\":9", "\"vocab_size\":8");
    Path from = HuggingFaceFiles.gpt2("").with("wte.weight", 8, 8).write(directory, config);
    refuses(from, ImportOptions.DEFAULTS, "the tokenizer has 9 tokens but the model 8");
    Files.delete(from.resolve("tokenizer.json"));
    refuses(from, ImportOptions.DEFAULTS, "tokenizer.json", "cannot be read");
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    refuses(directory.resolve("none"), ImportOptions.DEFAULTS, "none does not exist");
    refuses(directory, ImportOptions.DEFAULTS, "config.json", "cannot be read");
    Path file = Files.writeString(directory.resolve("model.bin"), "x");
    refuses(file, ImportOptions.DEFAULTS, "model.bin is nothing that can be imported");
    Path config = HuggingFaceFiles.gpt2("").write(directory, HuggingFaceFiles.GPT2);
    Files.delete(config.resolve("model.safetensors"));
    Files.writeString(config.resolve("model.safetensors.index.json"), "{}");
    refuses(directory, ImportOptions.DEFAULTS, "a model in several files is not read");
  }

  @Test
  void refusesAJarWithoutExactlyOneModel() throws IOException {
    Path jar = directory.resolve("model.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("a.onnx"));
      zip.putNextEntry(new ZipEntry("b.onnx"));
    }
    refuses(jar, ImportOptions.DEFAULTS, "more than one file that ends in .onnx");
    Files.writeString(jar, "no jar");
    refuses(jar, ImportOptions.DEFAULTS, "model.jar: is not a jar");
  }

  @Test
  void namesTheJarAndNotWhereItWasUnpacked() throws IOException {
    Path jar = directory.resolve("model.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("a.onnx"));
      zip.write(new OnnxWriter().floats("weight", List.of(1), 1).bytes());
      zip.putNextEntry(new ZipEntry("a-tokenizer.json"));
    }
    assertThatThrownBy(() -> PretrainedImport.read(jar, ImportOptions.DEFAULTS))
        .isInstanceOf(UserErrorException.class)
        .hasMessageStartingWith(jar + "/model.onnx: the matrix embeddings");
  }

  @Test
  void damagedConfigurationsAreReadOrRefused() throws IOException {
    int refused = 0;
    int read = 0;
    for (long seed = 0; seed < 900; seed++) {
      String config =
          seed % 3 == 0
              ? HuggingFaceFiles.BERT
              : seed % 3 == 1 ? HuggingFaceFiles.GPT2 : HuggingFaceFiles.LLAMA;
      HuggingFaceFiles files =
          seed % 3 == 0
              ? HuggingFaceFiles.bert("", "weight", "bias")
              : seed % 3 == 1 ? HuggingFaceFiles.gpt2("") : HuggingFaceFiles.llama();
      Path from = files.write(directory, config);
      Files.write(from.resolve("config.json"), damaged(config, seed));
      try {
        PretrainedImport.read(from, ImportOptions.DEFAULTS);
        read++;
      } catch (UserErrorException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining(from.toString());
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
    assertThat(read).isGreaterThan(10);
  }

  /** Half of them damaged anywhere, half with another value somewhere. */
  private static byte[] damaged(String config, long seed) {
    CounterRandom random = new CounterRandom(seed, "config");
    if (random.nextInt(2) == 0) {
      return Mutation.of(config.getBytes(StandardCharsets.UTF_8), seed);
    }
    List<MatchResult> values = VALUE.matcher(config).results().toList();
    MatchResult value = values.get(random.nextInt(values.size()));
    String other = VALUES.get(random.nextInt(VALUES.size()));
    return (config.substring(0, value.start()) + other + config.substring(value.end()))
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void refusesAnOnnxFileOfAnotherKind() throws IOException {
    Path onnx = new OnnxWriter().floats("weight", List.of(1), 1).write(directory.resolve("m.onnx"));
    refuses(onnx, ImportOptions.DEFAULTS, "embeddings.word_embeddings.weight is missing");
  }
}
