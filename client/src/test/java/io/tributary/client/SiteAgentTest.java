package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.HomeLock;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.Farewell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** From start to end of a site: connecting, coming back, leaving; over real TLS. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteAgentTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final FakeTrainer trainer = new FakeTrainer();

  private SiteUnderTest untilDone() {
    return new SiteUnderTest(
        directory, trainer, options -> options.untilDone(true), config -> config);
  }

  private static Envelope.Builder farewell(boolean completed) {
    return Envelope.newBuilder()
        .setFarewell(
            Farewell.newBuilder()
                .setRunId(TestJobs.RUN)
                .setCompleted(completed)
                .setReason(completed ? "" : "quorum missed"));
  }

  @Test
  void endsWithExitCodeZeroWhenTheJobIsCompleted() throws Exception {
    try (SiteUnderTest site = untilDone()) {
      site.coordinator().awaitSite().send(farewell(true));

      AgentEnding ending = site.awaitEnding();

      assertThat(ending.kind().exitCode()).isZero();
      assertThat(ending.message()).isEqualTo("run tiny.0123abcd is completed");
    }
  }

  @Test
  void endsWithExitCodeOneWhenTheJobFailed() throws Exception {
    try (SiteUnderTest site = untilDone()) {
      site.coordinator().awaitSite().send(farewell(false));

      AgentEnding ending = site.awaitEnding();

      assertThat(ending.kind().exitCode()).isEqualTo(1);
      assertThat(ending.message()).isEqualTo("run tiny.0123abcd failed: quorum missed");
    }
  }

  @Test
  void keepsWhatACoordinatorWritesToOneLine() throws Exception {
    try (SiteUnderTest site = untilDone()) {
      site.coordinator()
          .awaitSite()
          .send(
              Envelope.newBuilder()
                  .setFarewell(
                      Farewell.newBuilder().setRunId("a\nb").setReason("x\r\n".repeat(1_000))));

      assertThat(site.awaitEnding().message()).hasSizeLessThan(600).doesNotContainPattern("[\r\n]");
    }
  }

  @Test
  void staysInServiceAfterAFarewell() throws Exception {
    try (SiteUnderTest site = new SiteUnderTest(directory, trainer)) {
      FakeCoordinator.Peer peer = site.coordinator().awaitSite();
      peer.send(farewell(true));
      peer.cut();

      site.coordinator().awaitSite().give(FakeCoordinator.train(1, 1), job, model);

      assertThat(trainer.awaitStart()).isTrue();
      assertThat(site.agent().ending()).isNotDone();
    }
  }

  @Test
  void goesOnTryingUntilACoordinatorListens() throws Exception {
    TestFederation federation = new TestFederation(directory);
    int port;
    try (FakeCoordinator gone = new FakeCoordinator(federation)) {
      port = gone.port();
    }
    SiteConfig config = federation.site("north", port);
    try (SiteAgent agent = SiteAgent.open(config, SiteUnderTest.options(trainer))) {
      agent.start();
      try (FakeCoordinator coordinator = new FakeCoordinator(federation, port)) {
        coordinator.awaitSite().give(FakeCoordinator.train(1, 1), job, model);
        assertThat(trainer.awaitStart()).isTrue();
      }
    }
  }

  @Test
  void comesBackToACoordinatorThatWasRestarted() throws Exception {
    TestFederation federation = new TestFederation(directory);
    int port;
    SiteAgent agent;
    try (FakeCoordinator first = new FakeCoordinator(federation)) {
      port = first.port();
      agent = SiteAgent.open(federation.site("north", port), SiteUnderTest.options(trainer));
      agent.start();
      first.awaitSite();
    }
    try (agent;
        FakeCoordinator second = new FakeCoordinator(federation, port)) {
      second.awaitSite().give(FakeCoordinator.train(1, 1), job, model);
      assertThat(trainer.awaitStart()).isTrue();
    }
  }

  @Test
  void failsForGoodWhenTheCoordinatorIsOfAnotherAuthority() throws Exception {
    TestFederation ours = new TestFederation(directory.resolve("ours"));
    TestFederation theirs = new TestFederation(directory.resolve("theirs"));
    try (FakeCoordinator foreign = new FakeCoordinator(theirs);
        SiteAgent agent =
            SiteAgent.open(ours.site("north", foreign.port()), SiteUnderTest.options(trainer))) {
      agent.start();

      AgentEnding ending = agent.ending().get(20, TimeUnit.SECONDS);

      assertThat(ending.kind()).isEqualTo(AgentEnding.Kind.FAILED);
      assertThat(ending.message()).contains("its certificate").contains("ca.pem");
    }
  }

  @Test
  void refusesACertificateOfAnotherAuthorityBeforeItConnects() {
    TestFederation ours = new TestFederation(directory.resolve("ours"));
    TestFederation theirs = new TestFederation(directory.resolve("theirs"));
    SiteConfig.Tls own = ours.site("north", 1).tls();
    SiteConfig site = theirs.site("north", 1);
    SiteConfig mixed =
        new SiteConfig(
            site.coordinator(),
            new SiteConfig.Tls(own.certificate(), own.key(), site.tls().ca()),
            site.home(),
            site.data(),
            null,
            null);

    assertThatThrownBy(() -> SiteAgent.open(mixed, SiteUnderTest.options(trainer)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("was not issued by the authority");
  }

  @Test
  void goesOnTryingWhenTheAnswerTurnsWrongLater() throws Exception {
    TestFederation ours = new TestFederation(directory.resolve("ours"));
    TestFederation theirs = new TestFederation(directory.resolve("theirs"));
    int port;
    SiteAgent agent;
    try (FakeCoordinator first = new FakeCoordinator(ours)) {
      port = first.port();
      agent = SiteAgent.open(ours.site("north", port), SiteUnderTest.options(trainer));
      agent.start();
      first.awaitSite();
    }
    try (agent) {
      try (LogCapture log = new LogCapture(SiteCore.class.getName());
          FakeCoordinator foreign = new FakeCoordinator(theirs, port)) {
        assertThat(foreign.port()).isEqualTo(port);
        assertThat(log.await("its certificate")).contains("trying again");
      }
      try (FakeCoordinator back = new FakeCoordinator(ours, port)) {
        back.awaitSite();
      }
      assertThat(agent.ending()).isNotDone();
    }
  }

  @Test
  void goesOnAfterAnErrorOfItsOwnThread() throws Exception {
    AtomicBoolean full = new AtomicBoolean(true);
    trainer.beforePlanning(
        () -> {
          if (full.getAndSet(false)) {
            throw new OutOfMemoryError("heap");
          }
        });
    try (SiteUnderTest site = new SiteUnderTest(directory, trainer)) {
      FakeCoordinator.Peer first = site.coordinator().awaitSite();
      first.offer(FakeCoordinator.train(1, 1), job, model);
      assertThat(first.awaitClosed()).contains("internal error");

      site.coordinator().awaitSite().give(FakeCoordinator.train(1, 1), job, model);

      assertThat(trainer.awaitStart()).isTrue();
    }
  }

  @Test
  void waitsLongerAndLongerWhenOffersComeToNothing() throws Exception {
    try (LogCapture log = new LogCapture(SiteCore.class.getName());
        SiteUnderTest site =
            new SiteUnderTest(
                directory,
                trainer,
                options -> options,
                config ->
                    new SiteConfig(
                        config.coordinator(),
                        config.tls(),
                        config.home(),
                        config.data(),
                        null,
                        new ReconnectBounds(10L, 10_000L)))) {
      for (int i = 0; i < 6; i++) {
        FakeCoordinator.Peer peer = site.coordinator().awaitSite();
        peer.offer(FakeCoordinator.train(1, 1), job, model);
        peer.expectAccepted(model);
        peer.cut();
        String line = log.await("trying again in ");
        long millis = Long.parseLong(line.replaceAll(".*trying again in (\\d+) ms.*", "$1"));
        assertThat(millis).isBetween(5L << i, 10L << i);
      }
    }
  }

  @Test
  void closesWithinItsBoundAlthoughItsThreadHangs() throws Exception {
    CountDownLatch planning = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    trainer.beforePlanning(
        () -> {
          planning.countDown();
          boolean open = false;
          while (!open) {
            try {
              gate.await();
              open = true;
            } catch (InterruptedException e) {
              // deaf
            }
          }
        });
    SiteUnderTest site =
        new SiteUnderTest(
            directory, trainer, options -> options.withCancelBoundMillis(200), config -> config);
    site.coordinator().awaitSite().offer(FakeCoordinator.train(1, 1), job, model);
    assertThat(planning.await(10, TimeUnit.SECONDS)).isTrue();

    site.close();

    assertThat(site.awaitEnding().kind()).isEqualTo(AgentEnding.Kind.STOPPED);
    gate.countDown();
  }

  @Test
  void stopsWithinItsBoundWhileItTrains() throws Exception {
    trainer.held(new CountDownLatch(1));
    SiteUnderTest site = new SiteUnderTest(directory, trainer);
    site.coordinator().awaitSite().give(FakeCoordinator.train(1, 1), job, model);
    assertThat(trainer.awaitStart()).isTrue();

    site.close();

    assertThat(site.awaitEnding().kind()).isEqualTo(AgentEnding.Kind.STOPPED);
    assertThat(trainer.awaitCancelled()).isTrue();
    assertThat(site.outboxFiles()).isEmpty();
    HomeLock.acquire(site.config().homePath()).close(); // the lock is free again
  }

  @Test
  void keepsTheUpdateInTheOutboxWhenItStopsInAnUpload() throws Exception {
    SiteUnderTest site = new SiteUnderTest(directory, trainer);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(FakeCoordinator.train(1, 1), job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);

    site.close();

    assertThat(peer.awaitClosed()).contains("the site stops");
    assertThat(site.outboxFiles()).hasSize(2);
  }

  @Test
  void refusesAHomeThatAnotherAgentHolds() {
    try (SiteUnderTest site = new SiteUnderTest(directory, trainer)) {
      assertThatThrownBy(() -> SiteAgent.open(site.config(), SiteUnderTest.options(trainer)))
          .isInstanceOfSatisfying(
              UserErrorException.class,
              e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
          .hasMessageContaining("is in use");
    }
  }

  @Test
  void keepsItsHomeFreeWhenTheDataIsUnusable() {
    TestFederation federation = new TestFederation(directory);
    SiteConfig config = federation.site("north", 1);

    assertThatThrownBy(() -> SiteAgent.open(config, AgentOptions.standard()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("data-north does not exist");
    assertThat(Files.exists(config.homePath().resolve("lock"))).isFalse();
  }

  @Test
  void mayBeClosedTwiceAndBeforeItStarts() {
    TestFederation federation = new TestFederation(directory);
    SiteAgent agent = SiteAgent.open(federation.site("north", 1), SiteUnderTest.options(trainer));

    agent.close();
    agent.close();

    assertThat(agent.ending().join().kind()).isEqualTo(AgentEnding.Kind.STOPPED);
  }
}
