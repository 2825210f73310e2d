package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The spam demo as a user starts it, on a few mails made here and the real weights. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SpamDemoIT {
  private static final List<String> HAM =
      List.of(
          "The patch for the mail parser fails on folded headers, see the attached test.",
          "Could you review the release notes before the meeting on Thursday?",
          "My laptop's sound card works with the new kernel, thanks for the hint.",
          "I think the discussion of the budget should wait until everybody has read it.");

  private static final List<String> SPAM =
      List.of(
          "Congratulations! You have won a free cruise, click here to claim your prize now!",
          "Lose 30 pounds in two weeks with this miracle pill, order today and save 70%!",
          "Lowest mortgage rates ever, refinance your home now, no credit check needed!",
          "Dear friend, I am the widow of a minister and need your help to move 25 million dollars.");

  @TempDir private Path directory;

  private static Path jar() throws Exception {
    String url = SpamDemoIT.class.getResource("/all-minilm-l6-v2.onnx").getPath();
    return Path.of(new URI(url.substring(0, url.indexOf('!'))));
  }

  /** Three lists: one with both kinds, one of ham alone, one of spam alone. */
  private Path corpus() throws IOException {
    Path corpus = directory.resolve("corpus");
    for (int i = 0; i < 24; i++) {
      write(corpus, "easy-ham-1", i, i < 12 ? "both" : "hams", HAM.get(i % 4));
      write(corpus, "spam-1", i, i < 12 ? "both" : "spams", SPAM.get(i % 4));
    }
    return corpus;
  }

  private static void write(Path corpus, String folder, int number, String list, String text)
      throws IOException {
    Path file = corpus.resolve(folder).resolve(number + ".txt");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, "To: " + list + "@example.org\n\n" + text + " Number " + number + ".\n");
  }

  private Process demo(Path output, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString());
    command.addAll(List.of("demo", "spam"));
    command.addAll(options);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  @Test
  void learnsAcrossSitesThatSeeOneKindEach() throws Exception {
    Path output = directory.resolve("out");
    Process process =
        demo(
            output,
            List.of(
                "--data",
                corpus().toString(),
                "--model",
                jar().toString(),
                "--rounds",
                "4",
                "--home",
                directory.resolve("home").toString(),
                "--output",
                "json"));
    assertThat(process.waitFor(9, TimeUnit.MINUTES)).isTrue();
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
    JsonNode json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(json.path("sites").asInt()).isEqualTo(3);
    assertThat(json.path("mails").asInt()).isEqualTo(48);
    assertThat(json.path("processes").asInt()).isBetween(1, 3);
    assertThat(json.path("rounds").asInt()).isEqualTo(4);
    assertThat(json.path("macroF1Final").asDouble()).isGreaterThan(0.85);
    assertThat(json.path("macroF1Final").asDouble())
        .as("two of three sites alone know one kind only")
        .isGreaterThan(json.path("macroF1AloneMean").asDouble());
    assertThat(json.path("macroF1Pooled").asDouble()).isGreaterThan(0.85);
    assertThat(json.path("macroF1Initial").isNumber()).isTrue();
    assertThat(json.path("modelDigest").asText()).matches("[0-9a-f]{64}");
    assertThat(json.path("bytesUp").asLong())
        .as("12 updates of 770 floats, not of 22 million")
        .isBetween(12 * 770 * 4L, 1_000_000L);
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(json.path("peakResidentBytes").asLong()).isBetween(1L, 8_000_000_000L);
    assertThat(json.path("perSite")).hasSize(3);
    assertThat(json.path("perSite").findValuesAsText("macroF1Final"))
        .as("only where both kinds are held out")
        .hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Path output = directory.resolve("out");
    Path nothing = directory.resolve("nothing");
    Process missing = demo(output, List.of("--data", nothing.toString()));
    assertThat(missing.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(missing.exitValue()).isEqualTo(2);
    assertThat(Files.readString(output)).contains("--data " + nothing + " does not exist");
    Files.createDirectories(nothing);
    Process empty = demo(output, List.of("--data", nothing.toString()));
    assertThat(empty.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(empty.exitValue()).isEqualTo(1);
    assertThat(Files.readString(output)).contains("holds no folders of both kinds");
  }
}
