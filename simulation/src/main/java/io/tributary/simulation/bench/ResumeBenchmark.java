package io.tributary.simulation.bench;

import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.common.job.JobSpec;
import io.tributary.common.random.CounterRandom;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.link.FaultyLink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * One large upload over a link that is cut at random places: how many bytes go over it twice. Real
 * coordinator and site in this process, over real TLS and a {@link FaultyLink} between them.
 */
public final class ResumeBenchmark {
  private static final String SITE = "site";

  /**
   * Cuts fall within this share of the upload, away from its ends, where there is nothing to lose.
   */
  private static final double MARGIN = 0.02;

  /**
   * What came out.
   *
   * @param updateBytes of the upload
   * @param cuts that happened
   * @param receivedBytes that the coordinator received in whole frames, control frames included
   * @param receivedAgainShare {@code (receivedBytes - updateBytes) / updateBytes}
   * @param passedBytes ciphertext that the link let pass to the coordinator, torn chunks included
   * @param passedAgainShare {@code (passedBytes - updateBytes) / updateBytes}: an upper bound
   * @param seconds of the whole run
   */
  public record Result(
      long updateBytes,
      int cuts,
      long receivedBytes,
      double receivedAgainShare,
      long passedBytes,
      double passedAgainShare,
      double seconds) {}

  private ResumeBenchmark() {}

  /**
   * Runs it.
   *
   * @param directory an empty directory; its content is the caller's to delete
   */
  public static Result run(Path directory, long parameters, int cuts, long seed)
      throws IOException {
    JobSpec job = BenchJobs.oneRound(parameters, 1);
    long updateBytes = BenchJobs.updateBytes(job);
    int port = LoopbackPort.free();
    FederationHome home =
        FederationHome.create(
            directory,
            job,
            Map.of(SITE, "nobody reads this".getBytes(StandardCharsets.UTF_8)),
            port,
            Clock.systemUTC());
    long started = System.nanoTime();
    try (FaultyLink link = FaultyLink.to(port);
        CoordinatorServer coordinator =
            CoordinatorServer.start(
                CoordinatorConfig.read(home.coordinatorConfig()),
                CoordinatorServer.StartOptions.DEFAULT,
                Clock.systemUTC())) {
      link.cutAt(places(updateBytes, cuts, seed));
      Path config = home.siteConfig(SITE);
      Files.writeString(
          config,
          Files.readString(config)
              .replace(String.valueOf(port), String.valueOf(link.port()))
              .replace("first-millis: 200", "first-millis: 20"));
      try (SiteAgent site =
          SiteAgent.open(
              SiteConfig.read(config), AgentOptions.with(given -> new InstantTrainer()))) {
        var unused = coordinator.jobs().submit(job).join();
        site.start();
        JobSummary summary = coordinator.jobs().ended(job.name()).join();
        double seconds = (System.nanoTime() - started) / 1e9;
        if (!summary.isCompleted()) {
          throw new IOException("the job " + summary.outcome() + ": " + summary.reason());
        }
        return new Result(
            updateBytes,
            link.cuts(),
            summary.bytesUp(),
            (double) (summary.bytesUp() - updateBytes) / updateBytes,
            link.upBytes(),
            (double) (link.upBytes() - updateBytes) / updateBytes,
            seconds);
      }
    }
  }

  private static List<Long> places(long updateBytes, int cuts, long seed) {
    CounterRandom random = new CounterRandom(seed, "tributary.bench.cuts");
    List<Long> places = new ArrayList<>();
    for (int i = 0; i < cuts; i++) {
      double share = MARGIN + (1 - 2 * MARGIN) * random.nextDouble();
      places.add((long) (share * updateBytes));
    }
    Collections.sort(places);
    return places;
  }
}
