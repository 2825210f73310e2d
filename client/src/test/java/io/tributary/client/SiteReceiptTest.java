package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.TaskOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a site believes of a coordinator that signs too little or the wrong thing. */
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
  void keepsASecondReceiptOfARoundBesideTheFirstAndSaysSo() throws Exception {
    var earlier = notary().sign(Statements.receipt(id, "north", Statements.digest("x"), 1));
    new ReceiptStore(SiteHome.open(world.home()).receipts(), SiteWorld.SITE, world.verifier())
        .keep(earlier, id);
    world.coordinator.offer(id, job, model);

    try (LogCapture log = new LogCapture(TaskDesk.class.getName())) {
      world.start();
      world.run(() -> world.reached.contains(CrashMoment.OUTBOX_ERASED));
      assertThat(log.lines()).anyMatch(line -> line.contains("HAS SIGNED TWO RECEIPTS"));
    }

    assertThat(receipt()).hasBinaryContent(earlier.toByteArray());
    assertThat(receipt().resolveSibling("1.conflict-1.receipt"))
        .hasBinaryContent(world.coordinator.uploads.get(id).receipt.toByteArray());
  }

  @Test
  void doesNotAskAgainForAReceiptThatItHas() throws Exception {
    world.coordinator.offer(id, job, model);
    world.killAt(CrashMoment.RECEIPT_STORED);
    world.start();
    world.run(() -> world.starts() == 2 && world.coordinator.isConnected());
    world.settle();

    assertThat(world.coordinator.times(MessageCase.UPLOAD_OFFER)).isEqualTo(1);
    assertThat(world.home().resolve("outbox")).isEmptyDirectory();
  }

  @Test
  void keepsTheUpdateWhenItsDiskCannotKeepTheReceipt() throws Exception {
    world.coordinator.offer(id, job, model);
    Path blocked = SiteHome.open(world.home()).receipts().resolve(TestJobs.RUN);
    Files.writeString(blocked, "a file where a directory must be");
    world.start();
    world.run(() -> world.coordinator.connections == 3);
    assertThat(world.home().resolve("outbox/update")).exists();

    Files.delete(blocked);
    world.run(() -> Files.exists(receipt()));
    assertThat(world.trainer.trained()).hasSize(1);
  }
}
