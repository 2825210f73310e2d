package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GenerateCommandTest {
  @TempDir Path models;

  private record Ran(int exitCode, String out, String err) {}

  /** The command writes bytes, so that a terminal's encoding does not matter. */
  private Ran run(String... words) {
    StringWriter err = new StringWriter();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(err));
    PrintStream terminal = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.ISO_8859_1));
    try {
      int exitCode =
          commandLine.execute(
              Stream.concat(Stream.of("generate", "--model", models.toString()), Stream.of(words))
                  .toArray(String[]::new));
      return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(terminal);
    }
  }

  @BeforeEach
  void publishModel() throws IOException {
    publish(TransformerConfig.preset("shakespeare-tiny"));
  }

  private void publish(TransformerConfig config) throws IOException {
    ModelDirectory directory = new ModelDirectory(models);
    Path unsealed = directory.unsealedFile("test");
    ModelDirectory.write(unsealed, InitialWeights.create(config.layout(), 1));
    String digest = directory.seal(unsealed, config.layout().parameterCount());
    directory.describe(ModelDescription.of("test", 0, digest, config));
  }

  @Test
  void onePromptIsContinuedOnTheTerminal() {
    Ran ran = run("--prompt", "Tö be", "--max-bytes", "5");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("Tö be").endsWith("\n");
    assertThat(run("--prompt", "Tö be", "--max-bytes", "5").out()).isEqualTo(ran.out());
    assertThat(run("--prompt", "Tö be", "--max-bytes", "5", "--seed", "1").out())
        .isNotEqualTo(ran.out());
  }

  @Test
  void everyOptionReachesTheDecoder() throws IOException {
    JsonNode drawn = texts("--temperature", "2", "--max-tokens", "30");
    assertThat(drawn.get(0).path("prompt").asText()).isEqualTo("To be");
    assertThat(drawn.get(0).path("tokens").asInt()).isLessThanOrEqualTo(30);
    for (List<String> options :
        List.of(
            List.of("--temperature", "0"), List.of("--top-k", "1"), List.of("--top-p", "0.001"))) {
      assertThat(texts(Stream.concat(options.stream(), Stream.of("--max-tokens", "30"))))
          .as("%s is greedy", options)
          .isEqualTo(texts("--beams", "1", "--max-tokens", "30"))
          .isNotEqualTo(drawn);
    }
    // An untrained model repeats itself: greedy, but for the penalty.
    assertThat(texts("--temperature", "0", "--repetition-penalty", "50", "--max-tokens", "30"))
        .isNotEqualTo(texts("--temperature", "0", "--max-tokens", "30"));
    assertThat(texts("--beams", "2", "--length-penalty", "1", "--max-tokens", "4")).hasSize(1);
    JsonNode stopped =
        texts(
            Stream.concat(
                Stream.of("--max-bytes", "1000"),
                // Sixteen of the likely bytes: one of them comes soon.
                Stream.iterate(0, i -> i + 1)
                    .limit(16)
                    .flatMap(i -> Stream.of("--stop", "\\x" + Integer.toHexString(0x60 + i)))));
    assertThat(stopped.get(0).path("ending").asText()).isEqualTo("stop-sequence");
  }

  @Test
  void withAndWithoutCacheTheTextIsTheSame() {
    // Beyond the context of 64, so that it starts afresh.
    Ran cached = run("--prompt", "To be", "--max-bytes", "90", "--show-cache");
    Ran uncached = run("--prompt", "To be", "--max-bytes", "90", "--show-cache", "--no-cache");
    assertThat(cached.out()).isEqualTo(uncached.out());
    // 3 layers of keys and values, 96 wide, 64 positions and a spare row of a head's 24.
    assertThat(cached.err()).isEqualTo("cache: 147,744 bytes" + System.lineSeparator());
    assertThat(uncached.err()).isEqualTo("cache: 0 bytes" + System.lineSeparator());
  }

  private JsonNode texts(String... options) throws IOException {
    return texts(Stream.of(options));
  }

  private JsonNode texts(Stream<String> options) throws IOException {
    Ran ran =
        run(
            Stream.concat(Stream.of("--prompt", "To be", "--output", "json"), options)
                .toArray(String[]::new));
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    return new ObjectMapper().readTree(ran.out()).path("texts");
  }

  @Test
  void severalPromptsComeFromOptionsAndAFile() throws IOException {
    Path file = models.resolve("prompts.txt");
    Files.writeString(file, "second\nthird\n");
    Ran ran =
        run(
            "--prompt",
            "first",
            "--prompt-file",
            file.toString(),
            "--stop",
            "x",
            "--max-bytes",
            "3");
    assertThat(ran.out()).startsWith("first").contains("\n\nsecond").contains("\n\nthird");
  }

  @Test
  void aModelThatPredictsNoNextTokensIsRefused() throws IOException {
    publish(
        TransformerConfig.preset("shakespeare-tiny")
            .edit()
            .stack(Stack.ENCODER)
            .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
            .build());
    Ran ran = run("--prompt", "x");
    assertThat(ran.err())
        .contains("the model cannot generate text: its stack is encoder and its head masked-lm")
        .doesNotContain("\tat ");
    assertThat(ran.exitCode()).isEqualTo(1);
  }

  @Test
  void badOptionsAreNamed() {
    refused(run(), "there is no prompt");
    refused(run("--prompt", "x", "--max-bytes", "0"), "max-bytes is 0");
    refused(run("--prompt", "x", "--max-tokens", "0"), "max-tokens is 0");
    refused(run("--prompt", "x", "--top-p", "2"), "top-p is 2.0");
    refused(run("--prompt", "x", "--beams", "65"), "beams is 65");
    refused(run("--prompt", "x", "--beams", "2", "--top-k", "3"), "--top-k does not go with");
    refused(run("--prompt", "x", "--length-penalty", "2"), "--length-penalty is of --beams");
    refused(run("--prompt", "x", "--stop", "\\q"), "unknown escape");
  }

  private static void refused(Ran ran, String part) {
    assertThat(ran.err()).contains(part).doesNotContain("\tat ");
    assertThat(ran.exitCode()).isEqualTo(2);
  }
}
