package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A small GPT-2 directory becomes a model directory, once. */
@Timeout(120)
class ModelImportCommandTest {
  private static final String CONFIG =
      """
      {"model_type":"gpt2","vocab_size":3,"n_embd":4,"n_layer":1,"n_head":2,"n_positions":6}
      """;
  private static final String TOKENIZER =
      """
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
       "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
       "post_processor":null,
       "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
       "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
      """;

  @TempDir Path directory;
  private Path from;
  private Path to;

  private record Ran(int exitCode, String out, String err) {}

  private static Ran run(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode =
        commandLine.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  @BeforeEach
  void writeAModel() throws IOException {
    from = Files.createDirectory(directory.resolve("gpt2"));
    to = directory.resolve("imported");
    Files.writeString(from.resolve("config.json"), CONFIG);
    Files.writeString(from.resolve("tokenizer.json"), TOKENIZER);
    List<String> header = new ArrayList<>();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    tensor(header, data, "wte.weight", 3, 4);
    tensor(header, data, "wpe.weight", 6, 4);
    for (String norm : List.of("h.0.ln_1", "h.0.ln_2", "ln_f")) {
      tensor(header, data, norm + ".weight", 4);
      tensor(header, data, norm + ".bias", 4);
    }
    tensor(header, data, "h.0.attn.c_attn.weight", 4, 12);
    tensor(header, data, "h.0.attn.c_attn.bias", 12);
    tensor(header, data, "h.0.attn.c_proj.weight", 4, 4);
    tensor(header, data, "h.0.attn.c_proj.bias", 4);
    tensor(header, data, "h.0.mlp.c_fc.weight", 4, 16);
    tensor(header, data, "h.0.mlp.c_fc.bias", 16);
    tensor(header, data, "h.0.mlp.c_proj.weight", 16, 4);
    tensor(header, data, "h.0.mlp.c_proj.bias", 4);
    tensor(header, data, "score.weight", 2, 4);
    byte[] json = ("{" + String.join(",", header) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(length.array());
    file.writeBytes(json);
    file.writeBytes(data.toByteArray());
    Files.write(from.resolve("model.safetensors"), file.toByteArray());
  }

  private static void tensor(
      List<String> header, ByteArrayOutputStream data, String name, Integer... shape) {
    int size = Stream.of(shape).reduce(1, (a, b) -> a * b);
    header.add(
        "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(name, List.of(shape), data.size(), data.size() + 4 * size));
    data.writeBytes(new byte[4 * size]);
  }

  @Test
  void importsOnceAndNamesWhatIsLeftOut() throws IOException {
    Ran ran = run("model", "import", "--from", from, "--out", to);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("imported from gpt2, round 0", "decoder, causal-lm", "sha256:")
        .containsPattern("left out +score.weight")
        .doesNotContain("made anew");
    assertThat(to.resolve("tokenizer.json")).hasContent(TOKENIZER);
    Ran again = run("model", "import", "--from", from, "--out", to);
    assertThat(again.exitCode()).isEqualTo(3);
    assertThat(again.err()).contains("imported exists and is not overwritten");
    assertThat(run("model", "show", to).out()).contains("layer.0.attention.input.weight");
    assertThat(run("model", "diff", to, to).exitCode()).isZero();
  }

  @Test
  void takesAModelOfTributarysOwnAsItIs() throws IOException {
    assertThat(run("model", "import", "--from", from, "--out", to).exitCode()).isZero();
    Path taken = directory.resolve("taken");
    Ran ran = run("model", "import", "--from", to, "--out", taken);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    for (String file : List.of("model.json", "tokenizer.json")) {
      assertThat(taken.resolve(file)).hasSameBinaryContentAs(to.resolve(file));
    }
    Path other = directory.resolve("other");
    Ran changed = run("model", "import", "--from", to, "--out", other, "--context-length", 3);
    assertThat(changed.exitCode()).isEqualTo(2);
    assertThat(changed.err()).contains("is a model of Tributary's own and is taken as it is");
    try (Stream<Path> files = Files.list(to)) {
      Path weights = files.filter(file -> file.toString().endsWith(".f32")).findAny().orElseThrow();
      byte[] bytes = Files.readAllBytes(weights);
      bytes[0] ^= 1;
      Files.write(weights, bytes);
    }
    Ran damaged = run("model", "import", "--from", to, "--out", other);
    assertThat(damaged.exitCode()).isEqualTo(1);
    assertThat(damaged.err()).contains("has SHA-256");
    assertThat(other).doesNotExist();
  }

  @Test
  void makesANewClassifier() throws IOException {
    Ran ran =
        run(
            "model",
            "import",
            "--from",
            from,
            "--out",
            to,
            "--head",
            "classification",
            "--classes",
            "2",
            "--context-length",
            "5",
            "--freeze-embeddings",
            "--output",
            "json");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(ran.out());
    assertThat(json.path("madeAnew")).hasSize(2);
    assertThat(json.path("model").path("head").asText()).isEqualTo("classification");
    assertThat(json.path("model").path("contextLength").asInt()).isEqualTo(5);
    int frozen = 3 * 4 + 5 * 4;
    assertThat(json.path("model").path("parameters").asInt())
        .isEqualTo(json.path("model").path("trainable").asInt() + frozen);
  }

  @Test
  void aRefusalLeavesNothing() throws IOException {
    Files.writeString(from.resolve("tokenizer.json"), TOKENIZER.replace("BPE", "Unigram"));
    Ran ran = run("model", "import", "--from", from, "--out", to);
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err())
        .contains("tokenizer.json", "model.type is Unigram")
        .doesNotContain("\tat ");
    assertThat(to).doesNotExist();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(from);
    }
  }

  @Test
  void anImportedModelGeneratesByItsOwnTokenizerAndNoOther() throws IOException {
    assertThat(run("model", "import", "--from", from, "--out", to).exitCode()).isZero();
    String[] generate = {"generate", "--model", to.toString(), "--prompt", "abab"};
    assertThat(run((Object[]) generate).exitCode()).isZero();
    Files.writeString(to.resolve("tokenizer.json"), TOKENIZER.replace("\"ab\":2", "\"ab\":2 "));
    Ran changed = run((Object[]) generate);
    assertThat(changed.exitCode()).isEqualTo(3);
    assertThat(changed.err()).contains("tokenizer.json has sha256:", "made for sha256:");
    Files.delete(to.resolve("tokenizer.json"));
    Ran missing = run((Object[]) generate);
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("tokenizer.json is missing: give the model's");
  }
}
