package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.examples.shakespeare.RoleSites;
import io.tributary.examples.shakespeare.SpokenPlays;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.ManagedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process: the deployed run's model, and SIGKILL in the middle. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SimulateIT {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);
  private static final String JOB =
      """
      name: parity
      seed: 5
      rounds: 3
      model: {width: 16, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
      local: {learning-rate: 0.01, batch-size: 8, steps: 60}
      round:
        cohort: 3
        quorum: 3
        deadline-millis: 120000
        rejoin-grace-millis: 60000
        evaluation-deadline-millis: 60000
        start-wait-millis: 120000
      """;

  @TempDir Path directory;
  private Path job;

  @BeforeEach
  void writeJob() throws IOException {
    job = directory.resolve("job.yaml");
    Files.writeString(job, JOB);
  }

  private static Path distribution() {
    return Path.of(System.getProperty("tributary.dist"));
  }

  private Process simulate(Object... more) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(distribution().resolve("bin").resolve("tributary").toString());
    words.addAll(List.of("simulate", "--job", job.toString(), "--output", "json"));
    Stream.of(more).map(String::valueOf).forEach(words::add);
    return new ProcessBuilder(words)
        .redirectOutput(directory.resolve("stdout").toFile())
        .redirectError(directory.resolve("stderr").toFile())
        .start();
  }

  /** Runs the command to its end and reads the last line. */
  private JsonNode simulated(Object... more) throws IOException, InterruptedException {
    Process process = simulate(more);
    assertThat(process.waitFor(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    assertThat(process.exitValue())
        .as(() -> read(directory.resolve("stderr")) + read(directory.resolve("stdout")))
        .isZero();
    List<String> lines = Files.readAllLines(directory.resolve("stdout"));
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Map<String, byte[]> texts(String... names) throws IOException {
    List<String> roles =
        RoleSites.split(SpokenPlays.read(), names.length + 3).values().stream().toList();
    Map<String, byte[]> texts = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      texts.put(names[i], roles.get(i).substring(0, 8_000).getBytes(StandardCharsets.UTF_8));
    }
    return texts;
  }

  private Path data(Map<String, byte[]> texts) throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    for (Map.Entry<String, byte[]> text : texts.entrySet()) {
      Files.write(data.resolve(text.getKey() + ".txt"), text.getValue());
    }
    return data;
  }

  @Test
  void aSimulatedRunGivesTheDeployedRunsModelBitForBit() throws Exception {
    Map<String, byte[]> texts = texts("north", "south", "west");
    JsonNode simulated =
        simulated("--sites", 3, "--partition", "by-file", "--data", data(texts), "--workers", 2);
    FederationHome home =
        FederationHome.create(
            directory.resolve("federation"),
            JobSpec.read(job),
            texts,
            LoopbackPort.free(),
            Clock.systemUTC());
    try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution()))) {
      ManagedProcess coordinator = federation.startCoordinator();
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      assertThat(coordinator.await(LONGEST_WAIT)).as(coordinator.endOfLog()).isTrue();
      String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
      JobSummary deployed = new ObjectMapper().readValue(lastLine, JobSummary.class);
      assertThat(deployed.isCompleted()).as(lastLine).isTrue();
      assertThat(simulated.path("modelDigest").asText()).isEqualTo(deployed.modelDigest());
      assertThat(simulated.path("finalNatsPerByte").asDouble())
          .isEqualTo(deployed.heldOutNatsPerByteFinal());
    }
  }

  @Test
  void killedAgainAndAgainItGoesOnToTheSameModel() throws Exception {
    Object[] what = {"--sites", 6, "--dropout", 0.2, "--partition", "dirichlet:0.5"};
    JsonNode whole = simulated(what);
    Path out = directory.resolve("out");
    Object[] resumable = Stream.concat(Stream.of(what), Stream.of("--out", out)).toArray();
    int kills = 0;
    for (int rows = 1; rows <= 3; rows++) { // once as soon as each of these rounds is recorded
      Process process = simulate(resumable);
      awaitRows(out.resolve("rounds.csv"), rows, process);
      kills += process.isAlive() ? 1 : 0;
      process.destroyForcibly();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(kills).isPositive();
    JsonNode resumed = simulated(resumable);
    assertThat(resumed.path("rounds").asInt()).isEqualTo(3);
    assertThat(resumed.path("modelDigest")).isEqualTo(whole.path("modelDigest"));
    assertThat(Files.readAllLines(out.resolve("rounds.csv")))
        .extracting(row -> row.split(",", 3)[0])
        .containsExactly("round", "0", "1", "2", "3");
  }

  private void awaitRows(Path csv, int rows, Process process)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      if (Files.exists(csv) && Files.readAllLines(csv).size() > rows) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(5); // polling another process; nothing to wait on
    }
    assertThat(process.isAlive() || process.exitValue() == 0)
        .as(() -> read(directory.resolve("stderr")))
        .isTrue();
  }
}
