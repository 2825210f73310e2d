package io.tributary.client;

import io.tributary.client.train.LocalTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A real agent with a given trainer, connected to a {@link FakeCoordinator}. */
final class SiteUnderTest implements AutoCloseable {
  private final FakeCoordinator coordinator;
  private final SiteConfig config;
  private final SiteAgent agent;

  SiteUnderTest(Path directory, LocalTrainer trainer) {
    this(directory, trainer, options -> options, config -> config);
  }

  SiteUnderTest(
      Path directory,
      LocalTrainer trainer,
      UnaryOperator<AgentOptions> change,
      UnaryOperator<SiteConfig> reconfigure) {
    TestFederation federation = new TestFederation(directory.resolve("certificates"));
    this.coordinator = new FakeCoordinator(federation);
    this.config = reconfigure.apply(federation.site("north", coordinator.port()));
    this.agent = SiteAgent.open(config, change.apply(options(trainer)));
    agent.start();
  }

  static AgentOptions options(LocalTrainer trainer) {
    return AgentOptions.with(ignored -> trainer)
        .withLimits(TestJobs.LIMITS)
        .withCancelBoundMillis(5_000);
  }

  FakeCoordinator coordinator() {
    return coordinator;
  }

  SiteConfig config() {
    return config;
  }

  SiteAgent agent() {
    return agent;
  }

  AgentEnding awaitEnding() throws Exception {
    return agent.ending().get(20, TimeUnit.SECONDS);
  }

  List<Path> outboxFiles() throws IOException {
    return filesIn("outbox");
  }

  List<Path> modelFiles() throws IOException {
    return filesIn("models");
  }

  Path receiptOf(int round) {
    return config.homePath().resolve("receipts/" + TestJobs.RUN + "/" + round + ".receipt");
  }

  private List<Path> filesIn(String name) throws IOException {
    try (var files = Files.list(config.homePath().resolve(name))) {
      return files.toList();
    }
  }

  @Override
  public void close() {
    agent.close();
    coordinator.close();
  }
}
