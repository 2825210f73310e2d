package io.tributary.simulation.bench;

import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * How soon a coordinator that was killed with SIGKILL serves again: a real coordinator process with
 * an open round and so many committed updates, and real sites in this process. One more site is
 * asked for than answers, so that the round stays open.
 */
public final class RecoveryBenchmark {
  private static final String SILENT = "zz-silent";
  private static final int BUFFER_BYTES = 1 << 20;
  private static final long LONGEST_SECONDS = 900;
  private static final long POLL_MILLIS = 20;

  /**
   * What came out.
   *
   * @param modelBytes of the model
   * @param updates committed before the kill, and there again after it
   * @param spoolBytes of their spools
   * @param servingSeconds from the start of the new process until it shows the round as it stood
   * @param rereadSeconds to read and hash the same spools once, right before, on one thread
   * @param beyondRereadSeconds the difference
   */
  public record Result(
      long modelBytes,
      int updates,
      long spoolBytes,
      double servingSeconds,
      double rereadSeconds,
      double beyondRereadSeconds) {}

  private RecoveryBenchmark() {}

  /**
   * Runs it.
   *
   * @param directory an empty directory; its content is the caller's to delete
   * @param launcher of a coordinator with enough heap for the model
   */
  public static Result run(Path directory, Launcher launcher, long parameters, int updates)
      throws IOException, InterruptedException {
    JobSpec job = BenchJobs.oneRound(parameters, updates + 1);
    Map<String, byte[]> texts = new LinkedHashMap<>();
    for (int i = 1; i <= updates; i++) {
      texts.put("site-" + i, text());
    }
    texts.put(SILENT, text());
    FederationHome home =
        FederationHome.create(directory, job, texts, LoopbackPort.free(), Clock.systemUTC());
    List<SiteAgent> agents = new ArrayList<>();
    try (LocalFederation federation = new LocalFederation(home, launcher)) {
      federation.startCoordinator();
      Semaphore one = new Semaphore(1); // arrays of one site at a time
      for (String site : home.sites()) {
        SiteAgent agent =
            SiteAgent.open(
                SiteConfig.read(home.siteConfig(site)),
                AgentOptions.with(config -> new TurnTrainer(one, site.equals(SILENT))));
        agents.add(agent);
        agent.start();
      }
      await(federation, status -> durable(status) == updates);
      federation.kill(LocalFederation.COORDINATOR);
      Path spool = home.coordinatorHome().resolve("runs").resolve(job.name()).resolve("spool");
      long reread = System.nanoTime();
      long spoolBytes = hashAll(spool);
      double rereadSeconds = (System.nanoTime() - reread) / 1e9;
      long restarted = System.nanoTime();
      federation.startCoordinator();
      await(federation, status -> durable(status) == updates);
      double servingSeconds = (System.nanoTime() - restarted) / 1e9;
      return new Result(
          (long) job.model().config().layout().parameterCount() * Float.BYTES,
          updates,
          spoolBytes,
          servingSeconds,
          rereadSeconds,
          servingSeconds - rereadSeconds);
    } finally {
      agents.forEach(SiteAgent::close);
    }
  }

  private static byte[] text() {
    return "nobody reads this".getBytes(StandardCharsets.UTF_8);
  }

  private static long durable(JobStatus status) {
    return status.sites().stream().filter(site -> site.state().equals("durable")).count();
  }

  private static void await(LocalFederation federation, Predicate<JobStatus> condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    while (federation.process(LocalFederation.COORDINATOR).alive()
        && System.nanoTime() < deadline) {
      try {
        if (condition.test(federation.admin().status())) {
          return;
        }
      } catch (UserErrorException notUpYet) {
        // the loop's bound decides
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    throw new UserErrorException(
        UserErrorException.Kind.FAILED,
        "the coordinator did not come to it within "
            + LONGEST_SECONDS
            + " s; its log ends: "
            + federation.process(LocalFederation.COORDINATOR).endOfLog());
  }

  private static long hashAll(Path spool) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(spool)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    long bytes = 0;
    byte[] buffer = new byte[BUFFER_BYTES];
    for (Path file : files) {
      MessageDigest sha256 = sha256();
      try (InputStream in = Files.newInputStream(file)) {
        for (int read; (read = in.read(buffer)) >= 0; bytes += read) {
          sha256.update(buffer, 0, read);
        }
      }
      byte[] unusedDigest = sha256.digest();
    }
    return bytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }
}
