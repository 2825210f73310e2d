package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site's log over a connection: complete, asked for no more than needed, and never forked. */
final class LogFollowerTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final TaskId id = FakeCoordinator.train(1, 1);
  private SiteWorld world;

  @BeforeEach
  void open() {
    world = new SiteWorld(directory);
  }

  private Notary notary() {
    return world.coordinator.notary;
  }

  @Test
  void fetchesTheLogEntriesThatItMissed() throws Exception {
    publish(130);
    world.start();
    world.run(() -> Files.exists(log()));
    world.settle();

    var audit = new SiteLog(world.home().resolve("log"), world.verifier());
    assertThat(audit.next(TestJobs.RUN)).isEqualTo(130);
    assertThat(world.coordinator.times(MessageCase.LOG_REQUEST)).isEqualTo(3);
  }

  @Test
  void asksForTheEntryOfItsReceiptAlthoughTheRunEndedWhileItWasAway() throws Exception {
    world.untilDone();
    world.coordinator.offer(id, job, model);
    world.start();
    world.run(() -> Files.exists(world.home().resolve("receipts/" + TestJobs.RUN + "/1.receipt")));
    world.coordinator.siteIsGone();
    world.coordinator.announcesLog = false;
    publish(2);

    world.start();
    world.run(() -> world.coordinator.isConnected());
    world.coordinator.farewell(TestJobs.RUN); // on its way before the site's question has come
    world.run(() -> world.core().ending().isDone());

    var kept = new SiteLog(world.home().resolve("log"), world.verifier());
    assertThat(kept.next(TestJobs.RUN)).isEqualTo(2);
  }

  @Test
  void doesNotWaitForEverForEntriesThatNeverCome() throws Exception {
    world.untilDone();
    world.coordinator.offer(id, job, model);
    world.start();
    world.run(() -> Files.exists(world.home().resolve("receipts/" + TestJobs.RUN + "/1.receipt")));

    world.start();
    world.run(() -> world.coordinator.times(MessageCase.LOG_REQUEST) == 1);
    world.coordinator.farewell(TestJobs.RUN);
    long before = world.clock.millis();
    world.run(() -> world.core().ending().isDone());

    assertThat(world.clock.millis() - before).isBetween(3_000L, 5_000L);
  }

  @Test
  void asksACoordinatorThatCannotGiveAnEntryOnceOnly() throws Exception {
    publish(3);
    var newest = world.coordinator.log.get(2);
    world.coordinator.log.clear();
    world.start();
    world.settle();
    world.coordinator.log.add(newest);
    for (int i = 0; i < 5; i++) {
      world.coordinator.sendEntries(TestJobs.RUN, 0, 1);
      world.settle();
    }

    assertThat(world.coordinator.times(MessageCase.LOG_REQUEST)).isEqualTo(1);
    assertThat(world.coordinator.connections).isEqualTo(1);
  }

  @Test
  void doesNoMoreTasksOfARunWithTwoHistories() throws Exception {
    publish(2);
    world.start();
    world.run(() -> Files.exists(log()));
    world.settle();
    world.coordinator.log.set(
        1,
        notary()
            .sign(
                Statements.round(
                    1,
                    Statements.digest("another history"),
                    new LogEntry.Folded(Statements.PSEUDONYM, Statements.digest("x"), 1))));
    world.coordinator.sendEntries(TestJobs.RUN, 1, 2);
    world.coordinator.offer(id, job, model);
    world.run(() -> world.coordinator.times(MessageCase.TASK_ANSWER) == 1);

    assertThat(refusal()).contains("two histories of this run");
    world.start(); // nor after a restart
    world.run(() -> world.coordinator.times(MessageCase.TASK_ANSWER) == 2);
    assertThat(refusal()).contains("two histories of this run");
    assertThat(world.trainer.trained()).isEmpty();
  }

  @Test
  void closesAConnectionOverWhichAForgedEntryCame() throws Exception {
    Notary foreign = new TestFederation(directory.resolve("foreign")).notary();
    world.start();
    world.run(() -> world.coordinator.isConnected());
    world.coordinator.log.add(foreign.sign(Statements.first()));
    world.coordinator.sendEntries(TestJobs.RUN, 0, 1);
    world.settle();

    assertThat(world.coordinator.isConnected()).isFalse();
    assertThat(log()).doesNotExist();
  }

  private Path log() {
    return world.home().resolve("log/" + TestJobs.RUN + ".tlog");
  }

  private String refusal() {
    var answers =
        world.coordinator.received.stream().filter(message -> message.hasTaskAnswer()).toList();
    return answers.get(answers.size() - 1).getTaskAnswer().getRefused().getReason();
  }

  private void publish(int entries) {
    Digest update = Manifest.of(ByteBuffer.wrap(model), 1024).digest();
    world.coordinator.publish(Statements.first());
    for (int round = 1; round < entries; round++) {
      world.coordinator.publish(
          Statements.round(
              round,
              world.coordinator.headHash(),
              new LogEntry.Folded(Statements.PSEUDONYM, update, 1)));
    }
  }
}
