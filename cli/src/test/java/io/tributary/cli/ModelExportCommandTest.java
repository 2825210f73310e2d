package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.StartingWeights;
import io.tributary.common.model.TransformerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a person sees who takes a model elsewhere. */
@Timeout(120)
class ModelExportCommandTest {
  private static final TransformerConfig LLAMA =
      new TransformerConfig(256, 8, 1, 4, 12, 6)
          .edit()
          .position(PositionRules.Kind.ROTARY)
          .attention(AttentionRules.grouped(2))
          .norm(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE)
          .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU))
          .biases(false)
          .build();

  @TempDir Path directory;

  private record Ran(int exitCode, String out, String err) {}

  private static Ran run(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = line.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private Path model(ModelConfig config) throws IOException {
    Path made = directory.resolve("model");
    String digest =
        NewModelDirectory.write(
            made, "job", 2, config, InitialWeights.create(config.layout(), 3), Map.of());
    assertThat(digest).hasSize(64);
    return made;
  }

  private Path out() {
    return directory.resolve("out");
  }

  @Test
  void anImportOfAnExportIsAModelThatAJobStartsFrom() throws IOException {
    Path model = model(LLAMA);
    Ran ran =
        run(
            "model",
            "export",
            "--model",
            model,
            "--format",
            "safetensors",
            "--out",
            out(),
            "--output",
            "json");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    JsonNode said = new ObjectMapper().readTree(ran.out());
    assertThat(said.path("format").asText()).isEqualTo("safetensors");
    assertThat(said.path("bytes").asLong()).isGreaterThan(4L * LLAMA.layout().parameterCount());
    assertThat(said.path("seconds").asDouble()).isPositive();
    Path back = directory.resolve("back");
    assertThat(run("model", "import", "--from", out(), "--out", back).exitCode()).isZero();
    ModelDirectory original = new ModelDirectory(model);
    ModelDirectory imported = new ModelDirectory(back);
    assertThat(imported.description().digest())
        .isEqualTo(original.description().digest())
        .isEqualTo(said.path("digest").asText());
    assertThat(imported.description().config()).isEqualTo(LLAMA);
    StartingWeights.requireFit(LLAMA.layout(), imported.description().config().layout());
    StartingWeights.requireSameMeaning(LLAMA, imported.description().config());
  }

  @Test
  void writesOneFileForLlamaCpp() throws IOException {
    Ran ran =
        run(
            "model",
            "export",
            "--model",
            model(LLAMA),
            "--format",
            "gguf",
            "--type",
            "f16",
            "--out",
            out());
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("gguf, f16", " s");
    assertThat(Files.readAllBytes(out())).startsWith('G', 'G', 'U', 'F');
  }

  @Test
  void refusesAnExistingTargetBeforeAnyWork() throws IOException {
    Path model = model(LLAMA);
    // Weights that cannot be read: work would end otherwise.
    Files.delete(
        new ModelDirectory(model).weightsFile(new ModelDirectory(model).description().digest()));
    Files.createDirectory(out());
    Path mine = Files.writeString(out().resolve("mine"), "mine");
    for (String format : new String[] {"safetensors", "gguf"}) {
      Ran ran = run("model", "export", "--model", model, "--format", format, "--out", out());
      assertThat(ran.exitCode()).as(ran.err()).isEqualTo(3);
      assertThat(ran.err()).contains("out exists and is not overwritten").doesNotContain("\tat ");
    }
    assertThat(mine).hasContent("mine");
  }

  @Test
  void refusesAPartWithoutATwinAndLeavesNothing() throws IOException {
    Path model = model(ModelPresets.config("t5-tiny"));
    Ran ran = run("model", "export", "--model", model, "--format", "safetensors", "--out", out());
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("model.stack is encoder-decoder").doesNotContain("\tat ");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(model);
    }
  }

  @Test
  void refusesAnUnknownFormatByTheKnownOnes() throws IOException {
    Ran ran = run("model", "export", "--model", model(LLAMA), "--format", "onnx", "--out", out());
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("onnx", "safetensors", "gguf", "dl4j");
  }

  @Test
  void aWeightsFileThatWasChangedIsRefusedAndNothingIsLeft() throws IOException {
    Path model = model(LLAMA);
    ModelDirectory read = new ModelDirectory(model);
    Path weights = read.weightsFile(read.description().digest());
    byte[] bytes = Files.readAllBytes(weights);
    bytes[5] ^= 1;
    Files.write(weights, bytes);
    Ran ran = run("model", "export", "--model", model, "--format", "gguf", "--out", out());
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("was changed");
    assertThat(out()).doesNotExist();
  }
}
