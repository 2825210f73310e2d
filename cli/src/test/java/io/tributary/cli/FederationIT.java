package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.job.RoundRecord;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes of the distribution over real TLS: one killed, one lying, one silent. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FederationIT {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);
  private static final String JOB =
      """
      name: end-to-end
      seed: 5
      rounds: 3
      model: {width: 16, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
      local: {learning-rate: 0.01, batch-size: 8, steps: %d}
      round:
        cohort: %d
        quorum: 2
        deadline-millis: %d
        rejoin-grace-millis: 1000
        evaluation-deadline-millis: 30000
        start-wait-millis: 60000
      """;

  @TempDir Path directory;

  private static Path distribution() {
    return Path.of(System.getProperty("tributary.dist"));
  }

  private static Launcher strange(String kind) {
    return new Launcher(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            StrangeSite.class.getName(),
            kind));
  }

  private JobSpec job(String yaml) throws IOException {
    Path file = directory.resolve("given-job.yaml");
    Files.writeString(file, yaml);
    return JobSpec.read(file);
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

  private static JobStatus await(LocalFederation federation, Predicate<JobStatus> condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    ManagedProcess coordinator = federation.process(LocalFederation.COORDINATOR);
    while (System.nanoTime() < deadline && coordinator.alive()) {
      try {
        JobStatus status = federation.admin().status();
        if (condition.test(status)) {
          return status;
        }
      } catch (UserErrorException notUpYet) {
        // the loop's bound decides
      }
      TimeUnit.MILLISECONDS.sleep(20); // polling another process; nothing to wait on
    }
    throw new AssertionError("it never came to that; the log:\n" + coordinator.endOfLog());
  }

  private static JobSummary summary(LocalFederation federation)
      throws IOException, InterruptedException {
    ManagedProcess coordinator = federation.process(LocalFederation.COORDINATOR);
    assertThat(coordinator.await(LONGEST_WAIT)).as("coordinator ends").isTrue();
    assertThat(coordinator.exitCode()).as(coordinator.endOfLog()).hasValue(0);
    String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
    return new ObjectMapper().readValue(lastLine, JobSummary.class);
  }

  @Test
  void completesWithOneSiteKilledOneLyingAndOneSilentAndSaysSo() throws Exception {
    JobSpec job = job(JOB.formatted(400, 5, 25_000));
    FederationHome home =
        FederationHome.create(
            directory.resolve("federation"),
            job,
            texts("good-a", "good-b", "killed", "liar", "silent"),
            LoopbackPort.free(),
            Clock.systemUTC());
    try (LocalFederation federation =
        new LocalFederation(
            home,
            Launcher.of(distribution()),
            Map.of("liar", strange("nan"), "silent", strange("silent")))) {
      federation.startCoordinator();
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      await(
          federation,
          status ->
              status.round() == 1
                  && status.sites().stream()
                      .anyMatch(
                          site ->
                              site.site().equals("killed")
                                  && site.state().equals("training")
                                  && site.done() != null
                                  && site.done() > 0));
      federation.kill("killed");
      await(federation, status -> !status.history().isEmpty() && status.history().size() >= 2);
      federation.startSite("killed");
      JobSummary summary = summary(federation);

      assertThat(summary.isCompleted()).isTrue();
      assertThat(summary.rounds()).isEqualTo(3);
      assertThat(summary.heldOutNatsPerByteFinal())
          .isLessThan(summary.heldOutNatsPerByteInitial() - 1);
      List<RoundRecord> records =
          Files.readAllLines(home.run().resolve("rounds.jsonl")).stream()
              .map(FederationIT::record)
              .toList();
      RoundRecord first =
          records.stream().filter(record -> record.round() == 1).findFirst().orElseThrow();
      assertThat(state(first, "good-a")).isEqualTo("folded");
      assertThat(state(first, "good-b")).isEqualTo("folded");
      assertThat(state(first, "killed")).isEqualTo("dropped");
      assertThat(state(first, "liar")).isEqualTo("refused");
      assertThat(reason(first, "liar")).contains("NaN");
      assertThat(state(first, "silent")).isIn("dropped", "late");
      RoundRecord last = records.get(records.size() - 1);
      assertThat(last.round()).isEqualTo(3);
      assertThat(state(last, "killed")).as("a site that comes back is welcome").isEqualTo("folded");
      // The good sites end by themselves when the job does.
      for (String site : List.of("good-a", "good-b", "killed")) {
        assertThat(federation.process(site).await(Duration.ofSeconds(30))).as(site).isTrue();
        assertThat(federation.process(site).exitCode()).as(site).hasValue(0);
      }
    }
  }

  @Test
  void theCoordinatorsClassPathHasNoMathsLibrary() throws IOException {
    // Its launcher gives it lib/ without lib/engine/; every run here proves that this is enough.
    try (Stream<Path> jars = Files.list(distribution().resolve("lib"))) {
      assertThat(jars.map(jar -> jar.getFileName().toString()))
          .anyMatch(name -> name.startsWith("tributary-coordinator"))
          .noneMatch(name -> name.matches("(nd4j|javacpp|openblas|cuda|deeplearning4j).*"));
    }
  }

  @Test
  void theSameJobTwiceGivesTheSameModel() throws Exception {
    JobSpec job = job(JOB.formatted(20, 3, 60_000));
    String first = digestOf(job, "first", "hare", "fox", "owl");
    String second = digestOf(job, "second", "owl", "hare", "fox");
    assertThat(second).isEqualTo(first);
  }

  /** Runs the job with the same three texts; sites start in the given order. */
  private String digestOf(JobSpec job, String name, String... order) throws Exception {
    FederationHome home =
        FederationHome.create(
            directory.resolve(name),
            job,
            texts("fox", "hare", "owl"),
            LoopbackPort.free(),
            Clock.systemUTC());
    try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution()))) {
      federation.startCoordinator();
      for (String site : order) {
        federation.startSite(site);
      }
      return summary(federation).modelDigest();
    }
  }

  @Test
  void aSecondCoordinatorOnTheSameHomeIsRefusedAndTheFirstGoesOn() throws Exception {
    JobSpec job = job(JOB.formatted(5, 3, 60_000));
    FederationHome home =
        FederationHome.create(
            directory.resolve("f"),
            job,
            texts("a", "b", "c"),
            LoopbackPort.free(),
            Clock.systemUTC());
    try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution()));
        LocalFederation intruder = new LocalFederation(home, Launcher.of(distribution()))) {
      federation.startCoordinator();
      await(federation, status -> true);
      ManagedProcess second = intruder.startCoordinator();
      assertThat(second.await(LONGEST_WAIT)).isTrue();
      assertThat(second.exitCode()).hasValue(UserErrorException.Kind.REFUSED.exitCode());
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      assertThat(summary(federation).isCompleted()).isTrue();
    }
  }

  @Test
  void aCoordinatorThatIsToldToStopGoesOnWhenItIsStartedAgain() throws Exception {
    // Sites wait longer and longer while nobody answers: the grace must outlast their next attempt.
    String patient = JOB.replace("rejoin-grace-millis: 1000", "rejoin-grace-millis: 20000");
    JobSpec job = job(patient.formatted(200, 3, 60_000));
    String undisturbed = digestOf(job, "undisturbed", "fox", "hare", "owl");
    FederationHome home =
        FederationHome.create(
            directory.resolve("stopped"),
            job,
            texts("fox", "hare", "owl"),
            LoopbackPort.free(),
            Clock.systemUTC());
    try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution()))) {
      ManagedProcess first = federation.startCoordinator();
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      await(federation, status -> status.round() == 2 && "collecting".equals(status.phase()));
      first.stop();
      assertThat(first.await(LONGEST_WAIT)).isTrue();
      assertThat(first.endOfLog()).contains("suspended").doesNotContain("Exception");
      federation.startCoordinator();
      JobSummary summary = summary(federation);
      assertThat(summary.rounds()).isEqualTo(3);
      assertThat(summary.modelDigest()).isEqualTo(undisturbed);
      for (String site : home.sites()) {
        assertThat(federation.process(site).await(Duration.ofSeconds(30))).as(site).isTrue();
        assertThat(federation.process(site).exitCode()).as(site).hasValue(0);
      }
    }
  }

  private static RoundRecord record(String line) {
    try {
      return new ObjectMapper().readValue(line, RoundRecord.class);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  private static RoundRecord.Site site(RoundRecord record, String name) {
    return record.sites().stream()
        .filter(site -> site.site().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + record));
  }

  private static String state(RoundRecord record, String name) {
    return site(record, name).state();
  }

  private static String reason(RoundRecord record, String name) {
    return site(record, name).reason();
  }
}
