package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.UploadOffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a cut connection, a withdrawal or a newer offer does to a task: over real TLS. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
final class SiteSessionResumeTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final TaskId id = FakeCoordinator.train(1, 1);
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
  void asksOnlyForTheModelChunksThatACutLeftOut() throws Exception {
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.offer(id, job, model);
    ChunkSet lackingAtFirst = first.expectAccepted(model);
    ChunkSet sent = ChunkSet.none(lackingAtFirst.size());
    sent.add(1);
    sent.add(4);
    first.sendModel(id, model, sent);
    first.cut();

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    second.offer(id, job, model);
    ChunkSet lacking = second.expectAccepted(model);
    second.sendModel(id, model, lacking);
    second.expect(MessageCase.UPLOAD_OFFER);

    assertThat(lackingAtFirst).isEqualTo(ChunkSet.all(lackingAtFirst.size()));
    assertThat(lacking).isEqualTo(sent.complement());
    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void resumesACutUploadWithoutTrainingAgain() throws Exception {
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    UploadOffer offer = first.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    int chunks = Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount();
    first.cutAfterChunks(4);
    first.sendStatus(id, ChunkSet.all(chunks));
    first.awaitClosed();

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    assertThat(second.expect(MessageCase.UPLOAD_OFFER).getUploadOffer()).isEqualTo(offer);
    second.offer(id, job, model);
    assertThat(second.expectAccepted(model).isEmpty()).isTrue();
    ChunkSet lacking = ChunkSet.all(chunks);
    first.chunks().keySet().forEach(lacking::remove);
    second.sendStatus(id, lacking);
    second.expect(MessageCase.UPLOAD_COMMIT);

    assertThat(trainer.trained()).hasSize(1);
    assertThat(first.chunkOrder()).containsExactly(0, 1, 2, 3);
    assertThat(second.chunkOrder())
        .containsExactlyElementsOf(IntStream.range(4, chunks).boxed().toList());
    var whole = new TreeMap<>(first.chunks());
    whole.putAll(second.chunks());
    assertThat(whole.values().stream().mapToInt(chunk -> chunk.length).sum())
        .isEqualTo(offer.getUpdate().getTotalBytes());
  }

  @Test
  void trainsOnWhileTheConnectionIsCut() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    trainer.held(gate);
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    assertThat(trainer.awaitStart()).isTrue();
    first.cut();

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    second.offer(id, job, model);
    assertThat(second.expectAccepted(model).isEmpty()).isTrue();
    gate.countDown();
    second.expect(MessageCase.UPLOAD_OFFER);

    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void offersAnUpdateThatBecameReadyWhileItWasDisconnected() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    trainer.held(gate);
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    assertThat(trainer.awaitStart()).isTrue();
    first.cut();
    first.awaitClosed();
    gate.countDown();

    // Without an offer: the coordinator might never make one again.
    site.coordinator().awaitSite().expect(MessageCase.UPLOAD_OFFER);

    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void commitsAgainWhenTheOutcomeWasLostWithTheConnection() throws Exception {
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    UploadOffer offer = first.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    int chunks = Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount();
    first.sendStatus(id, ChunkSet.all(chunks));
    first.expect(MessageCase.UPLOAD_COMMIT);
    first.cut();

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    second.expect(MessageCase.UPLOAD_OFFER);
    second.sendStatus(id, ChunkSet.none(chunks));
    second.expect(MessageCase.UPLOAD_COMMIT);

    assertThat(second.chunkOrder()).isEmpty();
    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void takesAnOfferRepeatedOnTheSameConnectionAsTheSameTask() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    trainer.held(gate);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    assertThat(trainer.awaitStart()).isTrue();
    peer.offer(id, job, model);
    assertThat(peer.expectAccepted(model).isEmpty()).isTrue();
    gate.countDown();
    peer.expect(MessageCase.UPLOAD_OFFER);

    peer.offer(id, job, model);
    peer.expectAccepted(model);
    peer.offer(id, job, model);
    // A second upload offer would come before this answer.
    peer.expectAccepted(model);

    assertThat(trainer.trained()).hasSize(1);
  }

  @Test
  void reportsAnEvaluationOnceOnAConnection() throws Exception {
    TaskId evaluation = FakeCoordinator.evaluate(0);
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(evaluation, job, model);
    peer.expect(MessageCase.EVALUATION_REPORT);

    peer.offer(evaluation, job, model);
    peer.expectAccepted(model);
    peer.offer(evaluation, job, model);
    // A second report would come before this answer.
    peer.expectAccepted(model);
  }

  @Test
  void refusesATaskWhoseUpdateItCannotReadBack() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    Files.delete(site.config().homePath().resolve("outbox/update"));

    int chunks = Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount();
    peer.sendStatus(id, ChunkSet.all(chunks));

    assertThat(peer.expectRefused()).isEqualTo("this site cannot read its update");
    peer.give(FakeCoordinator.evaluate(1), job, model);
    peer.expect(MessageCase.EVALUATION_REPORT); // over the same connection
  }

  @Test
  void logsACutUploadInOneLine() throws Exception {
    try (LogCapture log = new LogCapture(SiteSession.class.getName())) {
      FakeCoordinator.Peer peer = site.coordinator().awaitSite();
      peer.give(id, job, model);
      UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
      peer.cutAfterChunks(1);
      peer.sendStatus(
          id, ChunkSet.all(Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).chunkCount()));
      site.coordinator().awaitSite();

      assertThat(log.linesWithTrace()).isEmpty();
    }
  }

  @Test
  void stopsTrainingWhenTheTaskIsTakenBack() throws Exception {
    trainer.held(new CountDownLatch(1));
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    assertThat(trainer.awaitStart()).isTrue();

    peer.sendOutcome(id, OutcomeCode.OUTCOME_CODE_WITHDRAWN);

    assertThat(trainer.awaitCancelled()).isTrue();
    trainer.held(new CountDownLatch(0));
    peer.give(FakeCoordinator.train(1, 2), job, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    assertThat(offer.getKey()).isEqualTo(FakeCoordinator.train(1, 2).toProto());
    assertThat(site.outboxFiles()).hasSize(2);
  }

  @Test
  void givesUpATaskForANewerOne() throws Exception {
    trainer.held(new CountDownLatch(1));
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    assertThat(trainer.awaitStart()).isTrue();

    byte[] next = TestJobs.bytes(TestJobs.weights(2));
    trainer.held(new CountDownLatch(0));
    peer.give(FakeCoordinator.evaluate(1), job, next);
    var report = peer.expect(MessageCase.EVALUATION_REPORT).getEvaluationReport();

    assertThat(report.getKey()).isEqualTo(FakeCoordinator.evaluate(1).toProto());
    assertThat(trainer.trained()).hasSize(1);
    assertThat(peer.isQuiet()).isTrue();
  }

  @Test
  void stopsAnUploadThatComesTooLateAndDeletesIt() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    peer.give(id, job, model);
    peer.expect(MessageCase.UPLOAD_OFFER);

    peer.sendOutcome(id, OutcomeCode.OUTCOME_CODE_LATE);
    peer.sendStatus(id, ChunkSet.all(11));
    peer.give(FakeCoordinator.evaluate(1), job, model);
    peer.expect(MessageCase.EVALUATION_REPORT);

    assertThat(peer.chunkOrder()).isEmpty();
    assertThat(site.outboxFiles()).isEmpty();
  }

  @Test
  void trainsAgainForAnotherModelUnderTheSameName() throws Exception {
    FakeCoordinator.Peer first = site.coordinator().awaitSite();
    first.give(id, job, model);
    first.expect(MessageCase.UPLOAD_OFFER);
    first.cut();

    FakeCoordinator.Peer second = site.coordinator().awaitSite();
    second.expect(MessageCase.UPLOAD_OFFER);
    second.give(id, job, TestJobs.bytes(TestJobs.weights(9)));
    second.expect(MessageCase.UPLOAD_OFFER);

    assertThat(trainer.trained()).hasSize(2);
    assertThat(site.outboxFiles()).hasSize(2);
  }

  @Test
  void keepsTwoModelsAtMost() throws Exception {
    FakeCoordinator.Peer peer = site.coordinator().awaitSite();
    for (int round = 0; round < 4; round++) {
      peer.give(
          new TaskId(TestJobs.RUN, 3, round + 1, TaskId.Kind.EVALUATE),
          job,
          TestJobs.bytes(TestJobs.weights(round)));
      peer.expect(MessageCase.EVALUATION_REPORT);
    }

    assertThat(site.modelFiles()).hasSize(ModelCache.MAX_MODELS);
  }
}
