package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a person sees of models on disk. */
@Timeout(120)
class ModelCommandTest {
  private static final TransformerConfig CONFIG = new TransformerConfig(11, 4, 1, 2, 8, 5);

  @TempDir Path directory;

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

  private static void refused(Ran ran, int exitCode, String... parts) {
    assertThat(ran.err()).contains(parts).doesNotContain("\tat ").doesNotContain("defect");
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
  }

  private Path model(String name, TransformerConfig config, long seed) throws IOException {
    Path target = Files.createDirectory(directory.resolve(name));
    ModelDirectory model = new ModelDirectory(target);
    Path unsealed = model.unsealedFile("new");
    ModelDirectory.write(unsealed, new InitialWeights(config.layout(), seed));
    String digest = model.seal(unsealed, config.layout().parameterCount());
    model.describe(ModelDescription.of("job", 3, digest, config));
    return target;
  }

  @Test
  void showsTensorsShareAndBytes() throws IOException {
    TransformerConfig lora =
        CONFIG.edit().tuning(TuningRules.lora(2, 4, "attention.input")).build();
    Ran ran = run("model", "show", model("lora", lora, 1));
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    // (4, 2) down and (2, 12) up.
    int all = CONFIG.layout().parameterCount() + 8 + 24;
    assertThat(ran.out())
        .contains("layer.0.attention.input.lora.down")
        .containsPattern("token.embedding +\\[11, 4\\] +44 +no")
        .containsPattern("lora.up +\\[2, 12\\] +24 +yes")
        .contains("job, round 3")
        .containsPattern("parameters +" + all)
        .contains("32 (%.2f %%)".formatted(100.0 * 32 / all))
        .containsPattern("bytes per update +128");
  }

  @Test
  void showsJson() throws IOException {
    Ran ran = run("model", "show", model("plain", CONFIG, 1), "--output", "json");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    int all = CONFIG.layout().parameterCount();
    assertThat(json.path("summary").path("parameters").asInt()).isEqualTo(all);
    assertThat(json.path("summary").path("trainableShare").asDouble()).isEqualTo(1);
    assertThat(json.path("summary").path("bytesPerUpdate").asInt()).isEqualTo(4 * all);
    assertThat(json.path("tensors")).hasSize(CONFIG.layout().tensors().size());
    assertThat(json.path("tensors").get(0).path("name").asText()).isEqualTo("token.embedding");
  }

  @Test
  void comparesModels() throws IOException {
    Path a = model("a", CONFIG, 1);
    Path b = model("b", CONFIG, 2);
    Ran ran = run("model", "diff", a, b);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .containsPattern("token.embedding +0\\.\\d+ +1\\d\\d\\.\\d{4} %")
        .containsPattern("final.norm.bias +0\\.00000 +- ");
    JsonNode same =
        new ObjectMapper().readTree(run("model", "diff", a, a, "--output", "json").out());
    assertThat(same.path("whole").path("difference").asDouble()).isZero();
    assertThat(same.path("whole").path("changed").asInt()).isZero();
  }

  @Test
  void refusesToCompareDifferentLayouts() throws IOException {
    Path a = model("a", CONFIG, 1);
    Path b = model("b", CONFIG.withVocabularySize(12), 1);
    refused(run("model", "diff", a, b), 2, "token.embedding [11, 4]", "token.embedding [12, 4]");
  }

  @Test
  void refusesWhatIsNoModel() {
    refused(run("model", "show", directory), 1, "holds no model");
    refused(run("model", "diff", directory, directory), 1, "holds no model");
    refused(
        run("model", "import", "--from", directory, "--out", directory.resolve("out")),
        1,
        "config.json");
    refused(
        run(
            "model",
            "import",
            "--from",
            directory.resolve("no"),
            "--out",
            directory.resolve("out")),
        2,
        "no does not exist");
    refused(
        run("model", "import", "--from", directory, "--out", directory, "--context-length", "0"),
        2,
        "--context-length is 0 but must be 1 to");
    refused(
        run("model", "import", "--from", directory, "--out", directory, "--head", "tail"),
        2,
        "tail",
        "masked-lm");
    refused(run("model"), 2, "Which of import, describe, export, show, diff, merge?");
  }
}
