package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.TaskOutcome;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a site believes of a coordinator that signs too little, too much or the wrong thing. */
final class SiteReceiptTest {
  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] model = TestJobs.bytes(TestJobs.weights(1));
  private final TaskId id = FakeCoordinator.train(1, 1);
  private SiteWorld world;

  @BeforeEach
  void open() {
    world = new SiteWorld(directory);
  }

  private Path receipt() {
    return world.home().resolve("receipts/" + TestJobs.RUN + "/1.receipt");
  }

  private Receipt right() {
    var upload = world.coordinator.uploads.get(id);
    return Statements.receiptFor(upload.offer, "north");
  }

  private Notary notary() {
    return world.coordinator.notary;
  }

  private void assertRefused(UnaryOperator<TaskOutcome.Builder> forgery, String reason)
      throws Exception {
    world.coordinator.offer(id, job, model);
    world.coordinator.forge = forgery;
    try (LogCapture log = new LogCapture(SiteSession.class.getName())) {
      world.start();
      world.run(() -> world.coordinator.connections == 3);

      assertThat(log.lines())
          .anyMatch(line -> line.contains("THE RECEIPT IS NOT VALID") && line.contains(reason));
    }
    assertThat(receipt()).doesNotExist();
    assertThat(world.reached).doesNotContain(CrashMoment.RECEIPT_STORED);

    // The update has waited: an honest coordinator still gets it, byte for byte.
    world.coordinator.forge = outcome -> outcome;
    world.run(() -> Files.exists(receipt()));
    assertThat(world.trainer.trained()).hasSize(1);
  }

  @Test
  void refusesAReceiptOfAnotherAuthority() throws Exception {
    Notary foreign = new TestFederation(directory.resolve("foreign")).notary();
    assertRefused(outcome -> outcome.setReceipt(foreign.sign(right())), "another authority");
  }

  @Test
  void refusesAReceiptWithAnotherWeight() throws Exception {
    assertRefused(
        outcome ->
            outcome.setReceipt(
                notary().sign(Statements.receipt(id, "north", right().updateDigest(), 122))),
        "it is for weight 122, not for 123");
  }

  @Test
  void refusesAReceiptOfAnotherSite() throws Exception {
    assertRefused(
        outcome ->
            outcome.setReceipt(
                notary().sign(Statements.receipt(id, "south", right().updateDigest(), 123))),
        "it is for site south, not for north");
  }

  @Test
  void refusesAReceiptOfAnotherUpdate() throws Exception {
    assertRefused(
        outcome ->
            outcome.setReceipt(
                notary().sign(Statements.receipt(id, "north", Statements.digest("x"), 123))),
        "it is for update");
  }

  @Test
  void refusesAReceiptOfAnotherTask() throws Exception {
    assertRefused(
        outcome ->
            outcome.setReceipt(
                notary()
                    .sign(
                        Statements.receipt(
                            FakeCoordinator.train(1, 2), "north", right().updateDigest(), 123))),
        "it is for task");
  }

  @Test
  void refusesAnAcceptanceWithoutAReceipt() throws Exception {
    assertRefused(TaskOutcome.Builder::clearReceipt, "no receipt came with it");
  }

  @Test
  void keepsASecondReceiptOfARoundBesideTheFirst() throws Exception {
    ReceiptStore store =
        new ReceiptStore(SiteHome.open(world.home()).receipts(), SiteWorld.SITE, world.verifier());
    var first = notary().sign(Statements.receipt(id, "north", Statements.digest("x"), 1));
    var second = notary().sign(Statements.receipt(id, "north", Statements.digest("y"), 1));

    assertThat(store.keep(first, id)).isEqualTo(ReceiptStore.Kept.NEW);
    assertThat(store.keep(first, id)).isEqualTo(ReceiptStore.Kept.KNOWN);
    assertThat(store.keep(second, id)).isEqualTo(ReceiptStore.Kept.CONFLICT);
    assertThat(store.keep(second, id)).isEqualTo(ReceiptStore.Kept.CONFLICT);

    assertThat(receipt()).hasBinaryContent(first.toByteArray());
    assertThat(receipt().resolveSibling("1.conflict-1.receipt"))
        .hasBinaryContent(second.toByteArray());
    assertThat(store.list()).hasSize(2);
    assertThat(Files.getPosixFilePermissions(receipt())).hasSize(2);
  }

  @Test
  void fetchesTheLogEntriesThatItMissed() throws Exception {
    publish(200);
    world.start();
    world.run(() -> Files.exists(log()));
    world.settle();

    var audit = new SiteLog(world.home().resolve("log"), world.verifier());
    assertThat(audit.next(TestJobs.RUN)).isEqualTo(200);
    assertThat(world.coordinator.times(MessageCase.LOG_REQUEST)).isEqualTo(4);
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
