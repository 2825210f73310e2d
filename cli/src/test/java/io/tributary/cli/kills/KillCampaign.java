package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.CrashMoment;
import io.tributary.coordinator.job.JobSummary;
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

/**
 * One run of a small job by real processes over real TLS, during which any of them may be killed
 * with SIGKILL at a named moment or at any instant, and started again.
 */
final class KillCampaign implements AutoCloseable {
  static final String COORDINATOR = LocalFederation.COORDINATOR;
  static final List<String> SITES = List.of("east", "north", "west");

  /** Nothing here takes nearly as long; it turns a hang into a failure. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(90);

  private final FederationHome home;
  private final LocalFederation federation;
  private int kills;

  KillCampaign(Path directory, JobSpec job) throws IOException {
    this(directory, job, LoopbackPort.free());
  }

  /** A campaign whose sites dial this port; the coordinator's own is in its endpoint.json. */
  KillCampaign(Path directory, JobSpec job, int port) throws IOException {
    Map<String, byte[]> texts = new LinkedHashMap<>();
    for (String site : SITES) {
      texts.put(site, "not read by the steady trainer".getBytes(StandardCharsets.UTF_8));
    }
    this.home = FederationHome.create(directory, job, texts, port, Clock.systemUTC());
    this.federation =
        new LocalFederation(
            home,
            new Launcher(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto",
                    "-cp",
                    System.getProperty("java.class.path"),
                    KillableMain.class.getName())));
  }

  /**
   * A job of this many rounds in which every site takes part in every round, and whose server has
   * state to lose.
   */
  static JobSpec job(Path file, int rounds) throws IOException {
    return job(file, rounds, 600_000, 16);
  }

  /** The same with another rejoin grace and model width. */
  static JobSpec job(Path file, int rounds, long rejoinGraceMillis, int width) throws IOException {
    Files.writeString(
        file,
        """
        name: campaign
        seed: 11
        rounds: %d
        model: {width: %d, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
        local: {learning-rate: 0.01, batch-size: 8, steps: 5, proximal-mu: 0.1}
        server: {optimizer: yogi, learning-rate: 0.01, final-learning-rate: 0.005}
        round:
          cohort: %d
          quorum: %d
          deadline-millis: 600000
          rejoin-grace-millis: %d
          evaluation-deadline-millis: 120000
          start-wait-millis: 600000
          max-attempts: 50
        """
            .formatted(rounds, width, SITES.size(), SITES.size(), rejoinGraceMillis));
    return JobSpec.read(file);
  }

  LocalFederation federation() {
    return federation;
  }

  FederationHome home() {
    return home;
  }

  int kills() {
    return kills;
  }

  Path directoryOf(String process) {
    return home.log(process).getParent();
  }

  void start(String process) throws IOException {
    if (process.equals(COORDINATOR)) {
      federation.startCoordinator();
    } else {
      federation.startSite(process);
    }
  }

  void startAll() throws IOException {
    start(COORDINATOR);
    for (String site : SITES) {
      start(site);
    }
  }

  /** Has a process killed when it passes a moment; see {@link #awaitKill}. */
  void plan(String process, CrashMoment moment, int times) throws IOException {
    PlannedCrash.plan(directoryOf(process), moment, times);
  }

  /** Waits until the planned moment is reached, and kills the process there with SIGKILL. */
  void awaitKill(String process) throws IOException, InterruptedException {
    Path directory = directoryOf(process);
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (!Files.exists(PlannedCrash.markerIn(directory))) {
      ManagedProcess running = federation.process(process);
      if (!running.alive() || System.nanoTime() > deadline) {
        throw new AssertionError(
            process
                + (running.alive() ? " hangs" : " ended")
                + " before it passed "
                + Files.readString(PlannedCrash.planIn(directory))
                + "; its log ends:\n"
                + running.endOfLog());
      }
      TimeUnit.MILLISECONDS.sleep(5); // polling another process; nothing to wait on
    }
    federation.kill(process);
    kills++;
    PlannedCrash.forget(directory);
  }

  /** Kills a process at the moment and starts it again. */
  void killAt(String process, CrashMoment moment, int times)
      throws IOException, InterruptedException {
    plan(process, moment, times);
    awaitKill(process);
    start(process);
  }

  /** Kills a process wherever it is, and starts it again. */
  void killNow(String process) throws IOException, InterruptedException {
    federation.kill(process);
    kills++;
    start(process);
  }

  boolean coordinatorRuns() {
    return federation.process(COORDINATOR).alive();
  }

  /** Waits for the job's end. */
  JobSummary finish() throws IOException, InterruptedException {
    ManagedProcess coordinator = federation.process(COORDINATOR);
    assertThat(coordinator.await(LONGEST_WAIT))
        .as("the coordinator ends; its log ends:%n%s", coordinator.endOfLog())
        .isTrue();
    assertThat(coordinator.exitCode()).as(coordinator.endOfLog()).hasValue(0);
    String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
    return new ObjectMapper().readValue(lastLine, JobSummary.class);
  }

  @Override
  public void close() {
    federation.close();
  }
}
