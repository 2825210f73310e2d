package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.train.LocalEvaluation;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.UploadOffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The protocol between a site and a coordinator that behaves, over real TLS. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteSessionTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final FakeTrainer trainer = new FakeTrainer();
  private SiteUnderTest site;

  @BeforeEach
  void start() {
    site = new SiteUnderTest(directory, trainer);
  }

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void sendsExactlyTheTrainersDelta() throws Exception {
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    int chunks = Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount();
    peer.sendStatus(id, ChunkSet.all(chunks));
    peer.expect(MessageCase.UPLOAD_COMMIT);

    assertThat(peer.chunkBytes()).isEqualTo(expectedUpdate());
    assertThat(FakeCoordinator.manifest(peer.chunkBytes()).toProto()).isEqualTo(offer.getUpdate());
    assertThat(offer.getWeight()).isEqualTo(123);
    assertThat(TestJobs.bytes(trainer.trained().get(0).weights())).isEqualTo(model);
  }

  @Test
  void sendsDeclaredMetricsOnly() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.train(1, 1), job, model);

    assertThat(peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer().getMetricsMap())
        .containsOnly(Map.entry("training-loss-nats-per-token", 1.5));
  }

  @Test
  void sendsAnUpdateWithinTheClippingNorm() throws Exception {
    JobSpec clipped = TestJobs.job(new UpdateRules(null, null, 0.01));
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, clipped, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    peer.sendStatus(
        id, ChunkSet.all(Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount()));
    peer.expect(MessageCase.UPLOAD_COMMIT);

    var floats = ByteBuffer.wrap(peer.chunkBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    double squares = 0;
    while (floats.hasRemaining()) {
      squares += Math.pow(floats.get(), 2);
    }
    assertThat(Math.sqrt(squares)).isBetween(0.0099, 0.01);
  }

  @Test
  void uploadsOnlyTheChunksThatTheCoordinatorLacks() throws Exception {
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    ChunkSet lacking =
        ChunkSet.none(Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount());
    lacking.add(2);
    lacking.add(5);
    peer.sendStatus(id, lacking);
    peer.expect(MessageCase.UPLOAD_COMMIT);

    assertThat(peer.chunkOrder()).containsExactly(2, 5);
  }

  @Test
  void commitsAtOnceWhatTheCoordinatorHasWhole() throws Exception {
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    peer.sendStatus(
        id, ChunkSet.none(Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount()));
    peer.expect(MessageCase.UPLOAD_COMMIT);

    assertThat(peer.chunkOrder()).isEmpty();
  }

  @Test
  void keepsTheReceiptAndForgetsTheUpdateOnceItIsAccepted() throws Exception {
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    assertThat(site.outboxFiles()).hasSize(2);

    SignedStatement receipt = peer.sendReceipt(offer);
    // The next offer is handled after the outcome, so its answer shows that the outcome is done.
    peer.give(FakeCoordinator.evaluate(1), job, model);
    peer.expect(MessageCase.EVALUATION_REPORT);

    assertThat(site.outboxFiles()).isEmpty();
    assertThat(site.receiptOf(1)).hasBinaryContent(receipt.toByteArray());
  }

  @Test
  void reportsTheEvaluationOfTheOfferedModel() throws Exception {
    trainer.judging(new LocalEvaluation(321.25, 99));
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.evaluate(0), job, model);
    var report = peer.expect(MessageCase.EVALUATION_REPORT).getEvaluationReport();

    assertThat(report.getNatsTotal()).isEqualTo(321.25);
    assertThat(report.getByteCount()).isEqualTo(99);
    assertThat(report.getKey()).isEqualTo(FakeCoordinator.evaluate(0).toProto());
  }

  @Test
  void lacksNothingOfAModelThatItHasReceivedBefore() throws Exception {
    TaskId evaluation = FakeCoordinator.evaluate(0);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(evaluation, job, model);
    peer.expect(MessageCase.EVALUATION_REPORT);
    peer.sendOutcome(evaluation, OutcomeCode.OUTCOME_CODE_ACCEPTED);

    peer.offer(FakeCoordinator.train(1, 1), job, model);

    assertThat(peer.expectAccepted(model).isEmpty()).isTrue();
    peer.expect(MessageCase.UPLOAD_OFFER);
  }

  @Test
  void reportsProgress() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.train(1, 1), job, model);
    var progress = peer.expect(MessageCase.TASK_PROGRESS).getTaskProgress();

    assertThat(progress.getTotal()).isEqualTo(5);
    assertThat(progress.getKey()).isEqualTo(FakeCoordinator.train(1, 1).toProto());
  }

  @Test
  void sendsNothingButARefusalWhenTrainingGivesNaN() throws Exception {
    trainer.changing(
        delta -> {
          delta[100] = Float.NaN;
          return delta;
        });
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.train(1, 1), job, model);

    assertThat(peer.expectRefused()).contains("NaN");
    assertThat(peer.isQuiet()).isTrue();
    assertThat(peer.chunkOrder()).isEmpty();
    assertThat(site.outboxFiles()).isEmpty();
  }

  @Test
  void sendsNothingButARefusalWhenAValueIsBeyondTheBound() throws Exception {
    trainer.changing(
        delta -> {
          delta[3] = 8.5f;
          return delta;
        });
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.train(1, 1), job, model);

    assertThat(peer.expectRefused()).contains("update.max-abs 8.0");
    assertThat(peer.chunkOrder()).isEmpty();
    assertThat(site.outboxFiles()).isEmpty();
  }

  @Test
  void tellsNothingOfAnErrorBeyondItsKind() throws Exception {
    trainer.changing(
        delta -> {
          throw new IllegalStateException("patient 4711 in /secret/path");
        });
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();

    peer.give(FakeCoordinator.train(1, 1), job, model);

    assertThat(peer.expectRefused()).isEqualTo("training failed: IllegalStateException");
  }

  @Test
  void sendsOnlyMessagesThatTheExplanationNames() throws Exception {
    TaskId id = FakeCoordinator.train(1, 1);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    peer.sendStatus(
        id, ChunkSet.all(Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount()));
    peer.expect(MessageCase.UPLOAD_COMMIT);
    peer.sendReceipt(offer);
    peer.give(FakeCoordinator.evaluate(1), job, model);
    peer.expect(MessageCase.EVALUATION_REPORT);

    assertThat(UpdateExplanation.SITE_MESSAGES.stream().map(message -> kind(message.getName())))
        .containsAll(
            site.coordinator().received().stream().map(Enum::name).collect(Collectors.toList()));
  }

  @Test
  void seedsBatchesAlikeInEveryAttempt() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(FakeCoordinator.train(1, 1), job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);
    peer.give(FakeCoordinator.train(1, 2), job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);
    peer.give(FakeCoordinator.train(2, 1), job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);

    var tasks = trainer.trained();
    assertThat(tasks.get(0).batchSeed()).isEqualTo(tasks.get(1).batchSeed());
    assertThat(tasks.get(0).batchSeed()).isNotEqualTo(tasks.get(2).batchSeed());
  }

  /** UploadOffer → UPLOAD_OFFER. */
  private static String kind(String message) {
    return message.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
  }

  private static byte[] expectedUpdate() {
    float[] delta = new float[TestJobs.layout().trainableCount()];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = FakeTrainer.STEP * (i % 7 - 3);
    }
    return TestJobs.bytes(delta);
  }
}
