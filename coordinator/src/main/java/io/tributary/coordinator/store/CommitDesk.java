package io.tributary.coordinator.store;

import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.Receipt;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.job.UploadStore.UploadFacts;
import io.tributary.coordinator.ledger.CommitResult;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.time.Clock;
import java.util.Optional;

/**
 * Turns a durable spool into a row and a receipt. The receipt is signed first and stands in the
 * row, so whatever was ever sent is the receipt of the row; one that a crash kept out of the ledger
 * was never sent.
 */
final class CommitDesk {
  private static final String ANOTHER_STANDS = "another update of this site stands for the round";

  private final RunRow run;
  private final Ledger ledger;
  private final Notary notary;
  private final Pseudonyms pseudonyms;
  private final Clock clock;
  private final CrashPoint crash;

  CommitDesk(RunRow run, Ledger ledger, Notary notary, Clock clock, CrashPoint crash) {
    this.run = run;
    this.ledger = ledger;
    this.notary = notary;
    this.pseudonyms = new Pseudonyms(run.pseudonymKey());
    this.clock = clock;
    this.crash = crash;
  }

  /** The update that stands for a task, if it was committed, in this process or before. */
  Optional<UploadRow> standing(SiteName site, TaskId task) {
    return ledger
        .upload(run.runId(), task.round(), site)
        .filter(row -> row.attempt() == task.attempt())
        .filter(
            row ->
                row.state() == UploadRow.State.COMMITTED || row.state() == UploadRow.State.FOLDED);
  }

  /** What to answer to a commit of an update whose task has one already. */
  static Commit again(UploadRow row, UploadFacts facts) {
    return row.digest().equals(facts.manifest().digest().hex()) && row.weight() == facts.weight()
        ? durable(row)
        : new Commit.Closed(ANOTHER_STANDS);
  }

  /** Commits an update whose spool is forced. */
  Commit settle(SiteName site, TaskId task, UploadFacts facts) {
    Digest digest = facts.manifest().digest();
    SignedStatement receipt =
        notary.sign(
            new Receipt(
                task,
                site,
                pseudonyms.of(site),
                digest,
                facts.weight(),
                Digest.fromHex(facts.baseDigest()),
                clock.instant()));
    CommitResult result =
        ledger.commitUpload(
            new UploadRow(
                run.runId(),
                task.round(),
                site,
                task.attempt(),
                digest.hex(),
                facts.manifest().totalBytes(),
                facts.manifest().chunkBytes(),
                facts.weight(),
                facts.metrics(),
                UploadRow.State.COMMITTED,
                "",
                receipt));
    if (result instanceof CommitResult.Committed committed) {
      crash.reached(CrashMoment.UPLOAD_COMMITTED);
      return durable(committed.row()); // an earlier commit's receipt, if there was one
    }
    return result instanceof CommitResult.Closed closed
        ? new Commit.Closed(closed.reason())
        : new Commit.Closed(ANOTHER_STANDS);
  }

  private static Commit durable(UploadRow row) {
    return new Commit.Durable(new UpdateReceipt(row.digest(), row.weight(), row.receipt()));
  }
}
