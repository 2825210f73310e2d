package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.HomeLock;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several sites in one process: opened together, then each for itself. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteHostTest {
  @TempDir private Path directory;

  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));

  private Path file(TestFederation federation, String name, int port) throws IOException {
    return file(name, federation.site(name, port));
  }

  private Path file(String name, SiteConfig config) throws IOException {
    return Files.writeString(directory.resolve(name + ".yaml"), ConfigReader.toYaml(config));
  }

  private static AgentOptions options() {
    return SiteUnderTest.options(new FakeTrainer());
  }

  @Test
  void aMistakeInOneFileStartsNothingAndNamesIt() throws Exception {
    TestFederation federation = new TestFederation(directory);
    try (FakeCoordinator coordinator = new FakeCoordinator(federation)) {
      SiteConfig good = federation.site("north", coordinator.port());
      SiteConfig bad = federation.site("south", coordinator.port());
      Files.delete(Path.of(bad.tls().key()));
      List<Path> files = List.of(file("north", good), file("south", bad));

      assertThatThrownBy(() -> SiteHost.open(files, options()))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("site file " + files.get(1))
          .hasMessageContaining("south-key.pem");

      try (HomeLock free = HomeLock.acquire(good.homePath())) {
        assertThat(free.home()).exists();
      }
      assertThat(coordinator.received()).isEmpty();
    }
  }

  @Test
  void oneSiteTwiceIsAMistake() throws Exception {
    TestFederation federation = new TestFederation(directory);
    SiteConfig site = federation.site("north", 1);
    SiteConfig again =
        new SiteConfig(
            site.coordinator(),
            site.tls(),
            directory.resolve("elsewhere").toString(),
            site.data(),
            null,
            null);
    List<Path> sameCertificate = List.of(file("a", site), file("b", again));
    assertThatThrownBy(() -> SiteHost.open(sameCertificate, options()))
        .hasMessageContaining("b.yaml")
        .hasMessageContaining("its certificate is that of site north")
        .hasMessageContaining("a.yaml");
    List<Path> sameFile = List.of(sameCertificate.get(0), sameCertificate.get(0));
    assertThatThrownBy(() -> SiteHost.open(sameFile, options()))
        .hasMessageContaining("by this process already");
    assertThatThrownBy(() -> SiteHost.open(List.of(), options()))
        .hasMessageContaining("0 sites are named");
  }

  @Test
  void aSiteThatFailsLeavesTheOthersAtWork() throws Exception {
    TestFederation ours = new TestFederation(directory.resolve("ours"));
    TestFederation theirs = new TestFederation(directory.resolve("theirs"));
    try (LogCapture log = new LogCapture(SiteHost.class.getName());
        FakeCoordinator coordinator = new FakeCoordinator(ours);
        FakeCoordinator foreign = new FakeCoordinator(theirs);
        SiteHost host =
            SiteHost.open(
                List.of(
                    file(ours, "north", foreign.port()), file(ours, "south", coordinator.port())),
                options().untilDone(true))) {
      CompletableFuture<List<AgentEnding>> endings = CompletableFuture.supplyAsync(host::run);
      assertThat(log.await("site=north has ended")).contains("its certificate");
      FakeCoordinator.Peer south = coordinator.awaitSite();
      south.give(FakeCoordinator.train(1, 1), TestJobs.job(), model);
      assertThat(south.expect(Envelope.MessageCase.UPLOAD_OFFER)).isNotNull();
      south.send(
          Envelope.newBuilder()
              .setFarewell(Farewell.newBuilder().setRunId("other.0123abcd").setCompleted(true)));

      assertThat(endings.get(30, TimeUnit.SECONDS))
          .extracting(AgentEnding::kind)
          .containsExactly(AgentEnding.Kind.FAILED, AgentEnding.Kind.COMPLETED);
    }
  }

  @Test
  void sitesTakeTurnsAtTrainingOnOneThread() throws Exception {
    TestFederation federation = new TestFederation(directory);
    CountDownLatch gate = new CountDownLatch(1);
    ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();
    FakeTrainer held =
        new FakeTrainer()
            .held(gate)
            .changing(
                delta -> {
                  threads.add(Thread.currentThread().getName());
                  return delta;
                });
    try (FakeCoordinator coordinator = new FakeCoordinator(federation)) {
      SiteHost host =
          SiteHost.open(
              List.of(
                  file(federation, "north", coordinator.port()),
                  file(federation, "south", coordinator.port())),
              SiteUnderTest.options(held));
      CompletableFuture<List<AgentEnding>> endings = CompletableFuture.supplyAsync(host::run);
      try (host) {
        FakeCoordinator.Peer one = coordinator.awaitSite();
        FakeCoordinator.Peer other = coordinator.awaitSite();
        one.give(FakeCoordinator.train(1, 1), TestJobs.job(), model);
        assertThat(held.awaitStart()).isTrue();
        other.give(FakeCoordinator.train(1, 1), TestJobs.job(), model);
        gate.countDown();
        assertThat(one.expect(Envelope.MessageCase.UPLOAD_OFFER)).isNotNull();
        assertThat(other.expect(Envelope.MessageCase.UPLOAD_OFFER)).isNotNull();
        assertThat(threads).containsExactly("site-training", "site-training");
      }
      assertThat(endings.get(30, TimeUnit.SECONDS))
          .extracting(AgentEnding::kind)
          .containsExactly(AgentEnding.Kind.STOPPED, AgentEnding.Kind.STOPPED);
    }
  }
}
