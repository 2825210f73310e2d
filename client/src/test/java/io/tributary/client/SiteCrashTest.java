package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.OutcomeCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A site that is killed, cut off or overtaken loses no update and trains none twice. */
final class SiteCrashTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final TaskId id = FakeCoordinator.train(1, 1);

  private SiteWorld world() {
    SiteWorld world = new SiteWorld(directory);
    world.coordinator.offer(id, job, model);
    world.start();
    return world;
  }

  private static Path receipt(SiteWorld world, int round) {
    return world.home().resolve("receipts/" + TestJobs.RUN + "/" + round + ".receipt");
  }

  private static List<Path> outbox(SiteWorld world) throws Exception {
    try (var files = Files.list(world.home().resolve("outbox"))) {
      return files.toList();
    }
  }

  private byte[] bytesWithoutCrash() {
    SiteWorld calm = new SiteWorld(directory.resolve("calm"));
    calm.coordinator.offer(id, job, model);
    calm.start();
    calm.run(() -> calm.reached.contains(CrashMoment.OUTBOX_ERASED));
    return calm.coordinator.uploads.get(id).bytes();
  }

  @ParameterizedTest
  @EnumSource(
      value = CrashMoment.class,
      names = {
        "MODEL_RECEIVED",
        "UPDATE_TRAINED",
        "OUTBOX_WRITTEN",
        "UPLOAD_OFFERED",
        "UPLOAD_SENT",
        "RECEIPT_RECEIVED",
        "RECEIPT_STORED",
        "OUTBOX_ERASED"
      })
  void killedAtAnyMomentItDeliversTheUpdateOnceAndKeepsTheReceipt(CrashMoment moment)
      throws Exception {
    byte[] expected = bytesWithoutCrash();
    SiteWorld world = world();
    world.killAt(moment);

    world.run(() -> world.starts() == 2);
    world.run(() -> world.coordinator.isConnected() && Files.exists(receipt(world, 1)));
    world.settle();

    // Only what was in memory alone has to be done again.
    assertThat(world.trainer.trained()).hasSize(moment == CrashMoment.UPDATE_TRAINED ? 2 : 1);
    ScriptedCoordinator.Upload upload = world.coordinator.uploads.get(id);
    assertThat(upload.bytes()).isEqualTo(expected);
    assertThat(receipt(world, 1)).hasBinaryContent(upload.receipt.toByteArray());
    assertThat(outbox(world)).isEmpty();
    assertThat(world.coordinator.chunkBytesAgain).isZero();
  }

  @Test
  void passesEveryMomentOfASite() {
    SiteWorld world = world();

    world.run(() -> world.reached.contains(CrashMoment.OUTBOX_ERASED));

    assertThat(world.reached)
        .containsExactlyElementsOf(
            EnumSet.range(CrashMoment.MODEL_RECEIVED, CrashMoment.OUTBOX_ERASED));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void sendsAtMostOneTwentiethTwiceOverTenCuts(long seed) throws Exception {
    // 420 chunks: a cut costs the part that had come of the chunk that it falls into.
    var limits = SmallChunks.of(TestJobs.LIMITS, 26);
    SiteWorld world = new SiteWorld(directory, limits);
    world.coordinator.offer(id, job, model);
    world.start();
    Random random = new Random(seed);
    world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 1);
    long total = Files.size(world.home().resolve("outbox/update"));
    for (int cut = 0; cut < 10; cut++) {
      int before = world.coordinator.connections;
      world.coordinator.cutAfter(1 + random.nextLong(total / 11));
      world.run(() -> world.coordinator.connections > before);
    }
    world.run(() -> Files.exists(receipt(world, 1)));

    assertThat(world.coordinator.chunkBytesAgain).isLessThanOrEqualTo(total / 20);
    assertThat(world.coordinator.chunkBytesReceived)
        .isEqualTo(total + world.coordinator.chunkBytesAgain);
    assertThat(world.trainer.trained()).hasSize(1);
  }

  @Test
  void fetchesTheReceiptOfACommitWhoseOutcomeWasLostBeforeItTakesTheNextTask() throws Exception {
    SiteWorld world = world();
    world.coordinator.losesOutcome = true;
    world.run(() -> world.coordinator.uploads.containsKey(id) && committed(world));

    world.coordinator.offer(FakeCoordinator.evaluate(1), job, model);
    world.run(() -> world.coordinator.times(MessageCase.EVALUATION_REPORT) == 1);

    assertThat(receipt(world, 1)).exists();
    assertThat(outbox(world)).isEmpty();
  }

  @Test
  void doesNotTakeUpATaskThatWasTakenBackWhileItWaited() throws Exception {
    SiteWorld world = world();
    world.coordinator.losesOutcome = true;
    world.run(() -> world.coordinator.uploads.containsKey(id) && committed(world));
    world.coordinator.answersOffers = false;
    world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 2);

    TaskId next = FakeCoordinator.evaluate(1);
    world.coordinator.offer(next, job, model);
    world.coordinator.outcome(next, OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    world.coordinator.outcome(id, OutcomeCode.OUTCOME_CODE_LATE);
    world.settle();

    assertThat(outbox(world)).isEmpty();
    assertThat(world.coordinator.times(MessageCase.TASK_ANSWER)).isEqualTo(1);
  }

  private boolean committed(SiteWorld world) {
    return world.coordinator.uploads.get(id).receipt != null;
  }

  @Test
  void dropsAnUpdateThatWasNeverCommittedForANewerTask() throws Exception {
    SiteWorld world = world();
    world.coordinator.answersOffers = false;
    world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 1);

    try (LogCapture log = new LogCapture(TaskDesk.class.getName())) {
      world.coordinator.offer(FakeCoordinator.evaluate(1), job, model);
      world.run(() -> world.coordinator.times(MessageCase.EVALUATION_REPORT) == 1);

      assertThat(log.lines())
          .anyMatch(
              line -> line.contains("update leaves the outbox: the coordinator has moved on"));
    }
    assertThat(outbox(world)).isEmpty();
  }

  @Test
  void dropsAnUpdateThatComesTooLateAfterARestartAndSaysWhy() throws Exception {
    SiteWorld world = world();
    world.run(() -> world.reached.contains(CrashMoment.OUTBOX_WRITTEN));
    world.coordinator.moveOn();

    try (LogCapture log = new LogCapture(TaskDesk.class.getName())) {
      world.start();
      world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 1);
      world.settle();

      assertThat(log.lines())
          .anyMatch(line -> line.contains("leaves the outbox: OUTCOME_CODE_LATE (round closed)"));
    }
    assertThat(outbox(world)).isEmpty();
    assertThat(receipt(world, 1)).doesNotExist();
  }

  @Test
  void givesTheQuestionUpWhenTheCoordinatorNeverAnswersIt() throws Exception {
    SiteWorld world = world();
    world.run(() -> world.reached.contains(CrashMoment.OUTBOX_WRITTEN));
    world.coordinator.answersOffers = false;
    world.start(); // nobody remembers whether the commit was sent
    world.coordinator.offer(FakeCoordinator.evaluate(1), job, model);

    world.run(() -> world.coordinator.times(MessageCase.EVALUATION_REPORT) == 1);

    assertThat(world.coordinator.times(MessageCase.UPLOAD_OFFER))
        .isEqualTo(1 + TaskDesk.MAX_UNANSWERED);
    assertThat(outbox(world)).isEmpty();
  }

  @Test
  void dropsADamagedUpdateAndTrainsAgain() throws Exception {
    SiteWorld world = world();
    world.run(() -> world.reached.contains(CrashMoment.OUTBOX_WRITTEN));
    Path update = world.home().resolve("outbox/update");
    byte[] bytes = Files.readAllBytes(update);
    bytes[bytes.length / 2] ^= 1;
    Files.write(update, bytes);

    try (LogCapture log = new LogCapture(Outbox.class.getName())) {
      world.start();
      assertThat(log.lines())
          .anyMatch(line -> line.contains("is dropped, and is not sent: its bytes are not those"));
    }
    world.run(() -> Files.exists(receipt(world, 1)));

    assertThat(world.trainer.trained()).hasSize(2);
    assertThat(world.coordinator.uploads.get(id).bytes()).isEqualTo(bytesWithoutCrash());
  }

  @Test
  void resumesADownloadAfterARestart() {
    SiteWorld world = world();
    world.killAt(CrashMoment.MODEL_RECEIVED);
    world.run(() -> world.starts() == 2);
    world.run(() -> world.coordinator.times(MessageCase.TASK_ANSWER) == 2);

    var answers =
        world.coordinator.received.stream()
            .filter(message -> message.hasTaskAnswer())
            .map(message -> message.getTaskAnswer().getAccepted().getLackingModelChunks())
            .toList();
    assertThat(answers.get(0).toByteArray()).contains(0xff);
    assertThat(answers.get(1).toByteArray()).containsOnly(0);
  }

  @Test
  void keepsTheUpdateWhenTheRunEndsBeforeTheReceiptIsHere() throws Exception {
    SiteWorld world = new SiteWorld(directory);
    world.untilDone();
    world.coordinator.offer(id, job, model);
    world.start();
    world.coordinator.losesOutcome = true;
    world.run(() -> world.coordinator.uploads.containsKey(id) && committed(world));
    world.coordinator.answersOffers = false;
    world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 2);

    world.coordinator.farewell(TestJobs.RUN);
    world.settle();
    assertThat(world.core().ending()).isNotDone();
    world.coordinator.outcome(id, OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    world.settle();

    assertThat(world.core().ending()).isCompleted();
    assertThat(world.core().ending().join().kind()).isEqualTo(AgentEnding.Kind.COMPLETED);
  }

  @Test
  void goesOnWithItsTaskWhenAnotherRunEnds() throws Exception {
    SiteWorld world = world();
    world.run(() -> world.reached.contains(CrashMoment.OUTBOX_WRITTEN));

    world.coordinator.farewell("another.01234567");
    world.run(() -> Files.exists(receipt(world, 1)));

    assertThat(world.coordinator.connections).isEqualTo(1);
    assertThat(world.trainer.trained()).hasSize(1);
  }

  @Test
  void dropsTheTaskOfARunThatEndsAndStaysConnected() throws Exception {
    SiteWorld world = world();
    world.coordinator.answersOffers = false;
    world.run(() -> world.coordinator.times(MessageCase.UPLOAD_OFFER) == 1);

    world.coordinator.farewell(TestJobs.RUN);
    world.settle();

    assertThat(outbox(world)).isEmpty();
    assertThat(world.coordinator.isConnected()).isTrue();
    assertThat(world.coordinator.connections).isEqualTo(1);
  }

  @Test
  void neverSendsAnUpdateWithoutADescriptor() throws Exception {
    SiteWorld world = new SiteWorld(directory);
    SiteHome.open(world.home());
    Files.write(world.home().resolve("outbox/update"), "half".getBytes(StandardCharsets.US_ASCII));

    world.start();
    world.settle();

    assertThat(outbox(world)).isEmpty();
    assertThat(world.coordinator.times(MessageCase.UPLOAD_OFFER)).isZero();
  }
}
