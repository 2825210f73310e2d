package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user starts it: small, and interrupted. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class DemoIT {
  @TempDir Path directory;

  private Process demo(Path output, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString());
    command.addAll(List.of("demo", "shakespeare"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  @Test
  void endsWithOneJsonObjectAndASiteKilledAndBack() throws Exception {
    Path output = directory.resolve("out");
    Path home = directory.resolve("home");
    Process process =
        demo(
            output,
            "--sites",
            "4",
            "--rounds",
            "2",
            "--no-baseline",
            "--home",
            home.toString(),
            "--output",
            "json");
    assertThat(process.waitFor(7, TimeUnit.MINUTES)).isTrue();
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
    JsonNode json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(json.path("rounds").asInt()).isEqualTo(2);
    assertThat(json.path("sitesStarted").asInt()).isEqualTo(4);
    assertThat(json.path("sitesKilled").asInt()).isEqualTo(1);
    assertThat(json.path("sitesRejoined").asInt()).isEqualTo(1);
    assertThat(json.path("heldOutNatsPerByteFinal").asDouble())
        .isLessThan(json.path("heldOutNatsPerByteInitial").asDouble() - 2);
    assertThat(json.path("modelDigest").asText()).matches("[0-9a-f]{64}");
    assertThat(json.path("bytesUp").asLong()).isPositive();
    assertThat(json.path("bytesDown").asLong()).isPositive();
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(json.path("roundOverheadSecondsMedian").isNumber()).isTrue();
    assertThat(json.path("coordinatorPeakResidentBytes").asLong())
        .isPositive()
        .isLessThan(300_000_000L);
    // The model directory that it names works.
    assertThat(generate(json.path("modelDirectory").asText())).startsWith("To be");
  }

  private String generate(String models) throws Exception {
    Path output = directory.resolve("generated");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString(),
                "generate",
                "--model",
                models,
                "--prompt",
                "To be",
                "--max-bytes",
                "20")
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
    return new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
  }

  @Test
  void anInterruptLeavesNoProcessAndNoTemporaryFilesBehind() throws Exception {
    Path output = directory.resolve("out");
    Process process = demo(output, "--sites", "4", "--no-baseline");
    // Wait until the first round shows that all processes are at work.
    while (process.isAlive() && !Files.readString(output).contains("\n    0 ")) {
      TimeUnit.MILLISECONDS.sleep(50); // polling another process's output; nothing to wait on
    }
    List<ProcessHandle> children = process.descendants().toList();
    assertThat(children).as(Files.readString(output)).hasSize(5);
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    for (ProcessHandle child : children) {
      child.onExit().get(30, TimeUnit.SECONDS);
    }
    String home =
        Files.readString(output)
            .lines()
            .filter(line -> line.startsWith("Files and logs: "))
            .map(line -> line.substring("Files and logs: ".length()))
            .findFirst()
            .orElseThrow();
    assertThat(Path.of(home)).doesNotExist();
  }
}
