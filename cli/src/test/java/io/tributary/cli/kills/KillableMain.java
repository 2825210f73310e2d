package io.tributary.cli.kills;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.client.AgentEnding;
import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorProcess;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The coordinator's or a site's process as in production, but for three things: its {@link
 * PlannedCrash}, a site's {@link SteadyTrainer}, and a clock that may jump. Takes the words of the
 * real command line.
 */
public final class KillableMain {
  private KillableMain() {}

  /**
   * {@code coordinator start --config FILE --job FILE …} or {@code client start --config FILE …}.
   */
  public static void main(String[] arguments) throws Exception {
    ProcessHandle.current()
        .parent()
        .ifPresent(
            parent -> {
              var unused = parent.onExit().thenRun(() -> System.exit(1));
            });
    List<String> words = List.of(arguments);
    Path config = Path.of(words.get(words.indexOf("--config") + 1));
    Path directory = config.toAbsolutePath().getParent();
    PlannedCrash crash = PlannedCrash.in(directory);
    Clock clock = JumpingClock.in(directory);
    try {
      if (words.get(0).equals("coordinator")) {
        JobSpec job = JobSpec.read(Path.of(words.get(words.indexOf("--job") + 1)));
        JobSummary summary =
            CoordinatorProcess.run(
                    CoordinatorConfig.read(config),
                    new CoordinatorServer.StartOptions(false, crash),
                    Optional.of(job),
                    clock,
                    server -> {})
                .orElseThrow();
        System.out.println(new ObjectMapper().writeValueAsString(summary));
        System.exit(summary.isCompleted() ? 0 : 1);
      } else {
        SiteAgent agent =
            SiteAgent.open(
                SiteConfig.read(config),
                AgentOptions.with(site -> new SteadyTrainer())
                    .withClock(clock)
                    .withCrashPoint(crash)
                    .untilDone(true));
        agent.closeAtShutdown();
        AgentEnding ending = agent.run();
        System.out.println(ending.message());
        System.exit(ending.kind().exitCode());
      }
    } catch (UserErrorException e) {
      System.out.println("tributary: " + e.getMessage());
      System.exit(e.kind().exitCode());
    }
  }
}
