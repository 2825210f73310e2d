package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.tributary.client.train.LocalPlan;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskProgress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A coordinator at fault or in bad faith: it is refused, and the site goes on serving. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteSessionHostileTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
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
            options -> options.withSessionBounds(new SessionBounds(500, 4)),
            config ->
                new SiteConfig(
                    config.coordinator(),
                    config.tls(),
                    config.home(),
                    config.data(),
                    new SitePolicy(1L << 20, 1_000L),
                    config.reconnect()));
  }

  @AfterEach
  void stop() {
    site.close();
  }

  private void stillServes(FakeCoordinator.Peer peer) throws Exception {
    peer.give(FakeCoordinator.train(2, 1), job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);
  }

  private TaskOffer.Builder good() {
    return FakeCoordinator.offerOf(id, job, model).toBuilder();
  }

  private String refusalOfJob(String json) throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.offer(good().setJobJson(ByteString.copyFrom(json, StandardCharsets.UTF_8)).build());
    String reason = peer.expectRefused();
    stillServes(peer);
    assertThat(trainer.trained()).hasSize(1);
    assertThat(site.modelFiles()).hasSize(1);
    return reason;
  }

  /** Each size is allowed by itself, the matrices just fit, the biases do not. */
  @Test
  void refusesAModelThatIsTooLargeOnlyAsAWhole() throws Exception {
    String json =
        jobText()
            .replace("\"layers\":1,", "\"layers\":1000,")
            .replace("\"width\":8,", "\"width\":1,")
            .replace("\"width\":8}", "\"width\":1}")
            .replace("\"heads\":2,", "\"heads\":1,")
            .replace("\"feed-forward-width\":16", "\"feed-forward-width\":1048576");

    assertThat(refusalOfJob(json)).contains("3145741266 parameters");
  }

  private String jobText() {
    return new String(job.toJson(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "\u0000", "{\"name\":", "{} {}"})
  void refusesAJobThatIsNoJson(String json) throws Exception {
    assertThat(refusalOfJob(json)).contains("the offered job");
  }

  @Test
  void refusesAJobWithAnUnknownKey() throws Exception {
    assertThat(refusalOfJob(jobText().replace("\"rounds\"", "\"round-count\":1,\"rounds\"")))
        .contains("unknown key round-count");
  }

  @Test
  void refusesAJobWithABadValue() throws Exception {
    assertThat(refusalOfJob(jobText().replace("\"rounds\":3", "\"rounds\":0")))
        .contains("rounds is 0");
  }

  @Test
  void refusesAJobOfAnotherRun() throws Exception {
    assertThat(refusalOfJob(jobText().replace("\"name\":\"tiny\"", "\"name\":\"other\"")))
        .contains("of run tiny.0123abcd but the job is named other");
  }

  @Test
  void refusesAModelWithTooManyLayersBeforeItBuildsItsLayout() throws Exception {
    assertThat(
            refusalOfJob(
                jobText()
                    .replace("\"layers\":1", "\"layers\":1000000")
                    .replace("\"width\":8", "\"width\":2")))
        .contains("model.layers is 1000000", "1024");
  }

  @Test
  void refusesAModelBeyondItsPolicy() throws Exception {
    assertThat(refusalOfJob(jobText().replace("\"width\":8", "\"width\":512")))
        .contains("this site's policy.max-model-bytes is 1048576");
  }

  @Test
  void refusesAModelWhoseSizeIsNotThatOfTheJobsLayout() throws Exception {
    assertThat(refusalOfJob(jobText().replace("\"width\":8", "\"width\":4")))
        .contains("the offered model has 10912 bytes but the job's layout has");
  }

  @Test
  void refusesMoreStepsThanItsPolicyAllows() throws Exception {
    trainer.planning(new LocalPlan(10, 1_001, 10));
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.offer(id, job, model);

    assertThat(peer.expectRefused()).contains("takes 1001 steps").contains("is 1000");
    trainer.planning(new LocalPlan(10, 1_000, 10));
    stillServes(peer);
  }

  @Test
  void refusesARoundThatTheJobDoesNotHave() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.offer(FakeCoordinator.train(4, 1), job, model);
    assertThat(peer.expectRefused()).contains("round is 4 but the job has rounds 1 to 3");
    peer.offer(FakeCoordinator.train(0, 1), job, model);
    assertThat(peer.expectRefused()).contains("round is 0");
    stillServes(peer);
  }

  @Test
  void refusesAModelThatIsNotFinite() throws Exception {
    float[] weights = TestJobs.weights(1);
    weights[17] = Float.NaN;
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, job, TestJobs.bytes(weights));

    assertThat(peer.expectRefused()).contains("the offered model holds NaN");
    assertThat(trainer.trained()).isEmpty();
    stillServes(peer);
  }

  @Test
  void endsTheConnectionOverAHugeManifest() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.offer(
        good()
            .setModel(
                ChunkManifest.newBuilder().setTotalBytes(1L << 60).setChunkBytes(1 << 10).build())
            .build());

    assertThat(peer.awaitClosed()).contains("LIMIT_EXCEEDED").contains("manifest total_bytes");
    stillServes(site.coordinator().awaitSite());
  }

  @Test
  void endsTheConnectionOverABadTaskKey() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.offer(good().setKey(good().getKeyBuilder().setRunId("../../etc")).build());

    assertThat(peer.awaitClosed()).contains("run id");
    stillServes(site.coordinator().awaitSite());
  }

  @Test
  void endsTheConnectionOverAMessageThatOnlySitesSend() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.send(Envelope.newBuilder().setTaskProgress(TaskProgress.getDefaultInstance()));

    assertThat(peer.awaitClosed()).contains("does not take TASK_PROGRESS");
    stillServes(site.coordinator().awaitSite());
  }

  @Test
  void endsTheConnectionOverAChunkThatIsNotTheModels() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.offer(id, job, model);
    ChunkSet lacking = peer.expectAccepted(model);

    peer.sendModel(id, TestJobs.bytes(TestJobs.weights(2)), lacking);

    assertThat(peer.awaitClosed()).contains("does not match the SHA-256");
    assertThat(trainer.trained()).isEmpty();
    stillServes(site.coordinator().awaitSite());
  }

  @Test
  void ignoresChunksOutcomesAndStatusesOfTasksItDoesNotHave() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.sendModel(id, model, ChunkSet.all(11));
    peer.sendStatus(id, ChunkSet.all(11));
    peer.sendOutcome(id, OutcomeCode.OUTCOME_CODE_REFUSED);

    stillServes(peer);
    assertThat(peer.chunkOrder()).isEmpty();
  }

  @Test
  void connectsAnewWhenNoModelChunkComes() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.offer(id, job, model);
    peer.expectAccepted(model);

    assertThat(peer.awaitClosed()).contains("no new chunk of the model");
    stillServes(site.coordinator().awaitSite());
  }

  @Test
  void connectsAnewWhenAnUploadOfferIsNotAnswered() throws Exception {
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    first.expect(MessageCase.UPLOAD_OFFER);
    assertThat(first.awaitClosed()).contains("no answer to the upload offer");

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    second.expect(MessageCase.UPLOAD_OFFER);

    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void survivesAFloodOfOffers() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    for (int i = 1; i <= 200; i++) {
      peer.offer(FakeCoordinator.train(1, i), job, model);
    }
    for (int i = 1; i <= 200; i++) {
      peer.expectAccepted(model);
    }

    stillServes(peer);
    assertThat(site.modelFiles()).hasSize(1);
  }
}
