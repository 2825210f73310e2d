package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.ServerRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small swarm as a user starts it: that it works and what comes out is right, not how fast. Its
 * own checks make it fail: every receipt is verified, and published models are recomputed.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SwarmIT {
  /** A leak is then reported where it is found; the swarm looks for it in its coordinator's log. */
  private static final String WATCH_EVERY_BUFFER = "-Dio.netty.leakDetection.level=paranoid";

  private static final int CLIENTS = 4;
  private static final int ROUNDS = 2;

  @TempDir Path directory;

  private record Ran(int exitCode, List<String> lines) {
    String all() {
      return String.join("\n", lines);
    }

    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }
  }

  private Ran bench(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString());
    command.add("bench");
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("TRIBUTARY_JAVA_OPTS", WATCH_EVERY_BUFFER);
    Path output = directory.resolve("out");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    return new Ran(process.exitValue(), Files.readAllLines(output, StandardCharsets.UTF_8));
  }

  private Ran swarm(String... more) throws Exception {
    Path home = Files.createDirectories(directory.resolve("home"));
    List<String> words = new ArrayList<>();
    words.addAll(List.of("swarm", "--params", "20000", "--limit-seconds", "0.05"));
    words.addAll(List.of("--directory", home.toString(), "--output", "json"));
    words.add("--coordinator-java-opts=" + WATCH_EVERY_BUFFER);
    words.addAll(List.of(more));
    Ran ran = bench(words.toArray(String[]::new));
    try (Stream<Path> left = Files.list(home)) {
      assertThat(left).as("what is left of %s", ran.all()).isEmpty();
    }
    return ran;
  }

  @Test
  void everyClientGetsItsReceiptsAndTheModelsAreTheWeightedMean() throws Exception {
    Ran ran = swarm("--clients", "" + CLIENTS, "--rounds", "" + ROUNDS, "--warmup-rounds", "1");
    assertThat(ran.exitCode()).as(ran.all()).isZero();
    assertThat(ran.all()).doesNotContain("LEAK");
    JsonNode json = ran.json();
    assertThat(json.path("clients").asInt()).isEqualTo(CLIENTS);
    assertThat(json.path("params").asLong()).isEqualTo(20_000);
    assertThat(json.path("rounds").asInt()).isEqualTo(ROUNDS);
    assertThat(json.path("rule").asText()).isEqualTo("weighted-mean");
    assertThat(json.path("receipts").asInt()).isEqualTo(CLIENTS * (ROUNDS + 1));
    assertThat(json.path("modelsChecked").asInt()).isEqualTo(ROUNDS + 1);
    for (String measure :
        new String[] {
          "roundSecondsMedian",
          "ingestMegabytesPerSecond",
          "wholeRoundMegabytesPerSecond",
          "egressMegabytesPerSecond",
          "coordinatorCpuSecondsPerGigabyte",
          "coordinatorPeakResidentBytes",
          "handshakesPerSecond",
          "tlsLoopbackMegabytesPerSecond",
          "tlsSha256LoopbackMegabytesPerSecond",
          "diskWriteFsyncMegabytesPerSecond",
          "ingestShareOfLimit"
        }) {
      assertThat(json.path(measure).asDouble()).as(measure).isFinite().isPositive();
    }
  }

  /** What a rule computes is its own test's business; here, that a round of it goes through. */
  @TestFactory
  Stream<DynamicTest> everyRuleAndEveryOptimizerCommitsARound() {
    return Stream.concat(
        Stream.of(AggregationRules.Rule.values())
            .map(rule -> commits("rule", rule.toString(), "--rule", rule.toString())),
        Stream.of(ServerRules.Optimizer.values())
            .filter(optimizer -> optimizer != ServerRules.Optimizer.SGD)
            .map(each -> commits("optimizer", each.toString(), "--optimizer", each.toString())));
  }

  private DynamicTest commits(String key, String value, String option, String name) {
    return DynamicTest.dynamicTest(
        value,
        () -> {
          // Five clients, so that krum may believe one of them hostile.
          Ran ran = swarm("--clients", "5", "--rounds", "1", "--warmup-rounds", "0", option, name);
          assertThat(ran.exitCode()).as(ran.all()).isZero();
          assertThat(ran.all()).doesNotContain("LEAK");
          assertThat(ran.json().path(key).asText()).isEqualTo(value);
          assertThat(ran.json().path("receipts").asInt()).isEqualTo(5);
        });
  }

  @Test
  void aRuleThatNeedsMoreClientsIsRefusedWithBothNumbers() throws Exception {
    Ran ran = swarm("--clients", "4", "--rule", "krum", "--byzantine", "1");
    assertThat(ran.exitCode()).as(ran.all()).isEqualTo(2);
    assertThat(ran.all()).contains("round.quorum is 4").contains("needs 5 updates");
  }

  @Test
  void anUnknownRuleIsRefusedWithTheKnownOnes() throws Exception {
    Ran ran = swarm("--rule", "mediam");
    assertThat(ran.exitCode()).as(ran.all()).isEqualTo(2);
    assertThat(ran.all()).contains("--rule is mediam").contains("trimmed-mean");
  }

  @Test
  void limitsAreMeasuredByThemselves() throws Exception {
    Ran ran = bench("limits", "--seconds", "0.05", "--file-bytes", "100000", "--output", "json");
    assertThat(ran.exitCode()).as(ran.all()).isZero();
    assertThat(ran.json().path("diskWriteFsyncMegabytesPerSecond").asDouble()).isPositive();
  }
}
