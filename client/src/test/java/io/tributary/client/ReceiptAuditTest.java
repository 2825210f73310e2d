package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.ReceiptAudit.Finding;
import io.tributary.client.ReceiptAudit.Verdict;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator is held to what it signed. */
final class ReceiptAuditTest {
  private static final Digest UPDATE = Statements.digest("update");
  private static final LogEntry.Folded OTHER =
      new LogEntry.Folded("ffffffffffffffffffffffffffffffff", Statements.digest("other"), 7);

  @TempDir private Path directory;

  private final List<SignedStatement> log = new ArrayList<>();
  private TestFederation federation;
  private Notary notary;
  private SiteHome home;
  private ReceiptStore store;
  private SiteLog siteLog;
  private ReceiptAudit audit;

  @BeforeEach
  void open() {
    federation = new TestFederation(directory.resolve("certificates"));
    notary = federation.notary();
    Path path = directory.resolve("home");
    home = SiteHome.open(path);
    CertifiedVerifier verifier = new CertifiedVerifier(federation.root());
    store = new ReceiptStore(home.receipts(), SiteWorld.SITE, verifier);
    siteLog = new SiteLog(home.log(), verifier);
    audit = ReceiptAudit.of(SiteWorld.SITE, path, verifier);
  }

  private void receive(int round, Digest update, long weight) throws IOException {
    var task = FakeCoordinator.train(round, 1);
    store.keep(notary.sign(Statements.receipt(task, "north", update, weight)), task);
  }

  private void publish(LogEntry.Folded... folded) throws Exception {
    SignedStatement entry =
        notary.sign(
            log.isEmpty()
                ? Statements.first()
                : Statements.round(
                    log.size(), StatementBodies.hash(log.get(log.size() - 1)), folded));
    log.add(entry);
    assertThat(siteLog.add(TestJobs.RUN, entry).what()).isEqualTo(SiteLog.Added.NEW);
  }

  private static LogEntry.Folded own(Digest update, long weight) {
    return new LogEntry.Folded(Statements.PSEUDONYM, update, weight);
  }

  private Finding only() throws IOException {
    assertThat(audit.verify()).hasSize(1);
    return audit.verify().get(0);
  }

  private void assertContradiction(String... parts) throws IOException {
    assertThat(only().verdict()).isEqualTo(Verdict.CONTRADICTION);
    assertThat(only().detail()).contains(parts);
  }

  @Test
  void findsAnUpdateThatIsCountedOnceWithItsWeight() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);

    assertThat(only().verdict()).isEqualTo(Verdict.COUNTED);
    assertThat(only().detail()).isEqualTo("counted once with weight 123");
    assertThat(only().updateDigest()).isEqualTo(UPDATE.hex());
  }

  @Test
  void saysThatTheLogIsNotThereYet() throws Exception {
    receive(1, UPDATE, 123);

    assertThat(only().verdict()).isEqualTo(Verdict.PENDING);
    assertThat(only().detail()).isEqualTo("no log of this run has come yet");
  }

  @Test
  void saysThatTheRoundIsNotPublishedYet() throws Exception {
    receive(1, UPDATE, 123);
    publish();

    assertThat(only().verdict()).isEqualTo(Verdict.PENDING);
    assertThat(only().detail()).contains("ends with entry 0", "or it ended without a model");
  }

  @Test
  void findsAnotherWeight() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 122), OTHER);

    assertContradiction("with weight 122, the receipt says 123");
  }

  @Test
  void findsAnotherUpdateInItsPlace() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(Statements.digest("changed"), 123), OTHER);

    assertContradiction("counts update " + Statements.digest("changed"));
  }

  @Test
  void findsAModelWithoutTheUpdate() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(OTHER);

    assertContradiction("published for its round without it");
  }

  @Test
  void findsAnUpdateThatIsCountedAgainInAnotherRound() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);
    publish(own(UPDATE, 123), OTHER);

    assertContradiction("counted again in round 2");
  }

  @Test
  void acceptsEqualUpdatesOfTwoRoundsWithAReceiptEach() throws Exception {
    receive(1, UPDATE, 123);
    receive(2, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);
    publish(own(UPDATE, 123), OTHER);

    assertThat(audit.verify()).extracting(Finding::verdict).containsOnly(Verdict.COUNTED);
    assertThat(audit.verify()).hasSize(2);
  }

  @Test
  void findsASecondReceiptForARound() throws Exception {
    receive(1, UPDATE, 123);
    receive(1, UPDATE, 124);
    publish();
    publish(own(UPDATE, 123), OTHER);

    assertThat(audit.verify())
        .extracting(Finding::verdict)
        .containsExactlyInAnyOrder(Verdict.COUNTED, Verdict.CONTRADICTION);
  }

  @Test
  void findsAForgedReceipt() throws Exception {
    var task = FakeCoordinator.train(1, 1);
    Notary foreign = new TestFederation(directory.resolve("foreign")).notary();
    store.keep(foreign.sign(Statements.receipt(task, "north", UPDATE, 123)), task);

    assertContradiction("not a valid receipt of this site", "another authority");
    assertThat(audit.list().get(0).verdict()).isEqualTo(Verdict.CONTRADICTION);
  }

  @Test
  void findsTheReceiptOfAnotherSiteOrRound() throws Exception {
    var task = FakeCoordinator.train(1, 1);
    store.keep(notary.sign(Statements.receipt(task, "south", UPDATE, 123)), task);
    assertContradiction("it is for site south, not for north");

    Path file = home.receipts().resolve(TestJobs.RUN + "/1.receipt");
    Files.delete(file);
    receive(2, UPDATE, 123);
    Files.move(home.receipts().resolve(TestJobs.RUN + "/2.receipt"), file);
    assertContradiction("it is for round 2, not for 1");
  }

  @Test
  void findsALogThatWasTamperedWith() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);
    Path file = home.log().resolve(TestJobs.RUN + ".tlog");
    byte[] bytes = Files.readAllBytes(file);
    bytes[60] ^= 1;
    Files.write(file, bytes);

    assertContradiction("entry 0 of this site's log");
  }

  @Test
  void takesAnEntryThatIsBeingWrittenForOneThatIsNotThereYet() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);
    Path file = home.log().resolve(TestJobs.RUN + ".tlog");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 5));

    assertThat(only().verdict()).isEqualTo(Verdict.PENDING);
    assertThat(only().detail()).contains("cut off by a crash");
    assertThat(Files.size(file)).isEqualTo(bytes.length - 5L); // nothing is repaired by a look
  }

  @Test
  void seesTheEvidenceOfAFork() throws Exception {
    receive(1, UPDATE, 123);
    publish();
    publish(own(UPDATE, 123), OTHER);
    SignedStatement fork =
        notary.sign(Statements.round(1, StatementBodies.hash(log.get(0)), OTHER));
    siteLog.add(TestJobs.RUN, fork);

    assertContradiction("two histories of this run");
  }

  @Test
  void changesNothingInAHomeAndFindsNothingInAnEmptyOne() throws Exception {
    assertThat(audit.verify()).isEmpty();
    assertThat(audit.list()).isEmpty();
    Files.writeString(
        home.receipts().resolve("stray.txt"), "not a receipt", StandardOpenOption.CREATE_NEW);
    assertThat(audit.list()).isEmpty();
  }
}
