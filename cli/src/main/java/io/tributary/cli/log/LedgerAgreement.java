package io.tributary.cli.log;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.wire.Digest;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the rows of a ledger say what its signed log says: each entry's job, model and folded
 * updates, and each folded update's receipt. The log is what sites hold; the rows are what the
 * coordinator goes by.
 */
public final class LedgerAgreement {
  private final Ledger ledger;
  private final RunRow run;
  private final StatementVerifier verifier;
  private final Pseudonyms pseudonyms;
  private final Digest jobDigest;
  private final Map<Integer, ModelRow> models = new HashMap<>();
  private int receipts;

  /** Compares with one run of a ledger, which a coordinator may be writing meanwhile. */
  public LedgerAgreement(Ledger ledger, RunRow run, StatementVerifier verifier) {
    this.ledger = ledger;
    this.run = run;
    this.verifier = verifier;
    this.pseudonyms = new Pseudonyms(run.pseudonymKey());
    this.jobDigest = run.jobDigest();
  }

  /**
   * Compares one entry.
   *
   * @throws UserErrorException of kind FAILED when the rows say something else
   */
  public void require(LogEntry entry) {
    int round = entry.sequence();
    if (!entry.runId().equals(run.runId())) {
      throw disagree(round, "the entry is of run " + entry.runId());
    }
    if (!entry.jobDigest().equals(jobDigest)) {
      throw disagree(round, "the run's job is another than the one that was signed");
    }
    Optional<ModelRow> model = model(round);
    String digest = model.map(ModelRow::digest).orElse("none");
    if (!entry.resultDigest().hex().equals(digest)) {
      throw disagree(
          round, "the row names model " + digest + ", the entry " + entry.resultDigest());
    }
    String state = model.flatMap(ModelRow::optimizerState).orElse("none");
    String signedState = entry.optimizerState().map(Digest::hex).orElse("none");
    if (!signedState.equals(state)) {
      throw disagree(
          round, "the row names optimizer state " + state + ", the entry " + signedState);
    }
    List<UploadRow> rows =
        round == 0
            ? List.of()
            : ledger.uploads(run.runId(), round).stream()
                .filter(row -> row.state() == UploadRow.State.FOLDED)
                .toList();
    if (!folded(rows).equals(entry.folded())) {
      throw disagree(round, "the folded updates are not the entry's");
    }
    for (UploadRow row : rows) {
      requireReceipt(round, row, entry);
    }
  }

  /**
   * Checks that no model was published beyond the log's end.
   *
   * @param entries how many were compared
   * @throws UserErrorException of kind FAILED when one was
   */
  public void requireNoMore(int entries) {
    int head = ledger.head(run.runId()).map(ModelRow::round).orElse(-1);
    // One that is published while this reads has its entry in the same transaction.
    if (head >= entries && ledger.log(run.runId(), entries, 1).isEmpty()) {
      throw disagree(head, "the head is a model of which the log has no entry");
    }
  }

  private Optional<ModelRow> model(int round) {
    if (!models.containsKey(round)) {
      for (ModelRow model : ledger.models(run.runId())) {
        models.put(model.round(), model);
      }
    }
    return Optional.ofNullable(models.get(round));
  }

  private List<LogEntry.Folded> folded(List<UploadRow> rows) {
    return rows.stream()
        .map(
            row ->
                new LogEntry.Folded(
                    pseudonyms.of(row.site()), Digest.fromHex(row.digest()), row.weight()))
        .sorted(Comparator.comparing(LogEntry.Folded::pseudonym))
        .toList();
  }

  private void requireReceipt(int round, UploadRow row, LogEntry entry) {
    Receipt receipt;
    try {
      receipt = verifier.receipt(row.receipt());
    } catch (StatementException e) {
      throw disagree(round, "the receipt of site " + row.site() + " is bad: " + e.getMessage());
    }
    boolean same =
        receipt.task().runId().equals(row.runId())
            && receipt.task().round() == row.round()
            && receipt.task().attempt() == row.attempt()
            && receipt.site().equals(row.site())
            && receipt.pseudonym().equals(pseudonyms.of(row.site()))
            && receipt.updateDigest().hex().equals(row.digest())
            && receipt.weight() == row.weight()
            && receipt.baseDigest().equals(entry.baseDigest());
    if (!same) {
      throw disagree(round, "the receipt of site " + row.site() + " is for another update");
    }
    receipts++;
  }

  /** Returns how many folded updates had a good receipt. */
  public int receipts() {
    return receipts;
  }

  private UserErrorException disagree(int round, String what) {
    return new UserErrorException(
        Kind.FAILED,
        "run "
            + run.runId()
            + ", round "
            + round
            + ": the signed log holds, but the ledger's rows disagree with it: "
            + what
            + ". Nothing was changed: stop the coordinator, keep a copy of its home, and restore"
            + " the ledger from a backup");
  }
}
