package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.SiteSteps;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A running site that has chosen its own number of local steps. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteStepsTest {
  @TempDir private Path directory;

  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final TaskId id = FakeCoordinator.train(1, 1);
  private final FakeTrainer trainer = new FakeTrainer();
  private SiteUnderTest site;

  @BeforeEach
  void start() {
    site =
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
                    config.policy(),
                    config.reconnect(),
                    new SiteTraining(17)));
  }

  @AfterEach
  void stop() {
    site.close();
  }

  private static JobSpec job(SiteSteps range) {
    return TestJobs.job().withLocal(SiteTrainingTest.local(range));
  }

  @Test
  void trainsAsManyStepsAsItChose() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, job(new SiteSteps(10, 20)), model);
    peer.expect(MessageCase.UPLOAD_OFFER);

    assertThat(trainer.trained())
        .singleElement()
        .satisfies(task -> assertThat(task.job().local().steps()).isEqualTo(17))
        .satisfies(task -> assertThat(task.job().local().epochs()).isNull());
  }

  @Test
  void refusesAJobThatLeavesItNoSuchChoiceAndGoesOnServing() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.offer(id, job(new SiteSteps(18, 20)), model);
    assertThat(peer.expectRefused()).contains("training.steps is 17").contains("18 to 20");
    peer.offer(FakeCoordinator.train(1, 2), job(null), model);
    assertThat(peer.expectRefused()).contains("the job has no local.site-steps");

    peer.give(FakeCoordinator.train(2, 1), job(new SiteSteps(17, 17)), model);
    peer.expect(MessageCase.UPLOAD_OFFER);
  }
}
