package io.tributary.cli.log;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tributary.common.notary.LogChain;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.wire.Digest;
import java.io.PrintWriter;
import java.util.List;

/** What the log commands show: records for JSON, and the same as text. */
public final class LogView {
  private LogView() {}

  /**
   * A log that holds.
   *
   * @param run its id
   * @param entries how many, with entry 0
   * @param foldedUpdates in all rounds together
   * @param jobDigest of the job's canonical JSON
   * @param modelDigest of the newest weights
   * @param headHash equal hashes mean equal logs
   * @param publishedAt time of the newest entry
   * @param signers more than one when the receipt certificate was renewed
   * @param ledgerReceipts receipts in the ledger that were compared; absent for a file
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Summary(
      String run,
      int entries,
      long foldedUpdates,
      String jobDigest,
      String modelDigest,
      String headHash,
      String publishedAt,
      List<Signer> signers,
      Integer ledgerReceipts) {
    /** Copies the list. */
    public Summary {
      signers = List.copyOf(signers);
    }
  }

  /**
   * Who signed from an entry on.
   *
   * @param fromEntry its sequence
   * @param certificateSha256 of the receipt certificate
   */
  public record Signer(int fromEntry, String certificateSha256) {}

  /**
   * One entry.
   *
   * @param round its sequence
   * @param attempt that was published
   * @param publishedAt by the coordinator's clock
   * @param baseDigest model that the round started from; absent in entry 0
   * @param folded updates in the model
   * @param dropped selected sites without a part in it
   * @param modelDigest published weights
   * @param optimizerStateDigest what the server's optimizer remembers; absent if it keeps nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entry(
      int round,
      int attempt,
      String publishedAt,
      String baseDigest,
      List<Folded> folded,
      List<Dropped> dropped,
      String modelDigest,
      String optimizerStateDigest) {
    /** Copies the lists. */
    public Entry {
      folded = List.copyOf(folded);
      dropped = List.copyOf(dropped);
    }
  }

  /**
   * An update in the model.
   *
   * @param site pseudonym
   * @param updateDigest of its manifest
   * @param weight it was folded with
   */
  public record Folded(String site, String updateDigest, long weight) {}

  /**
   * A site without a part.
   *
   * @param site pseudonym
   * @param state dropped, late or refused
   * @param reason in the coordinator's words
   */
  public record Dropped(String site, String state, String reason) {}

  /**
   * A whole log.
   *
   * @param entries in order
   * @param summary of all
   */
  public record Log(List<Entry> entries, Summary summary) {
    /** Copies the list. */
    public Log {
      entries = List.copyOf(entries);
    }
  }

  /** Makes the view of a summary. */
  public static Summary of(LogChain.Summary summary, Integer ledgerReceipts) {
    return new Summary(
        summary.runId(),
        summary.entries(),
        summary.updates(),
        summary.jobDigest().hex(),
        summary.modelDigest().hex(),
        summary.headHash().hex(),
        summary.publishedAt().toString(),
        summary.signers().stream()
            .map(signer -> new Signer(signer.fromSequence(), signer.fingerprint().hex()))
            .toList(),
        ledgerReceipts);
  }

  /** Makes the view of an entry. */
  public static Entry of(LogEntry entry) {
    return new Entry(
        entry.sequence(),
        entry.attempt(),
        entry.publishedAt().toString(),
        entry.sequence() == 0 ? null : entry.baseDigest().hex(),
        entry.folded().stream()
            .map(
                update ->
                    new Folded(update.pseudonym(), update.updateDigest().hex(), update.weight()))
            .toList(),
        entry.dropped().stream()
            .map(site -> new Dropped(site.pseudonym(), site.state(), site.reason()))
            .toList(),
        entry.resultDigest().hex(),
        entry.optimizerState().map(Digest::hex).orElse(null));
  }

  /** Prints a summary. */
  public static void print(PrintWriter out, Summary summary) {
    out.printf("log of run %s holds%n", summary.run());
    out.printf(
        "  entries  %d (rounds 0 to %d), the last of %s%n",
        summary.entries(), summary.entries() - 1, summary.publishedAt());
    out.printf("  folded   %d updates%n", summary.foldedUpdates());
    out.printf("  job      %s%n", summary.jobDigest());
    out.printf("  model    %s%n", summary.modelDigest());
    out.printf("  head     %s (equal heads are equal logs)%n", summary.headHash());
    for (Signer signer : summary.signers()) {
      out.printf(
          "  signed   from entry %d on with certificate %s%n",
          signer.fromEntry(), signer.certificateSha256());
    }
    if (summary.ledgerReceipts() != null) {
      out.printf(
          "  ledger   agrees: models, folded updates and %d receipts%n", summary.ledgerReceipts());
    }
  }

  /** Prints an entry. */
  public static void print(PrintWriter out, Entry entry) {
    if (entry.round() == 0) {
      out.printf("round 0: initial weights, %s%n", entry.publishedAt());
    } else {
      out.printf("round %d, attempt %d, %s%n", entry.round(), entry.attempt(), entry.publishedAt());
      out.printf("  base     %s%n", entry.baseDigest());
    }
    for (Folded update : entry.folded()) {
      out.printf(
          "  folded   %s  update %s  weight %d%n",
          update.site(), update.updateDigest(), update.weight());
    }
    for (Dropped site : entry.dropped()) {
      out.printf("  %-8s %s  %s%n", site.state(), site.site(), site.reason());
    }
    out.printf("  model    %s%n", entry.modelDigest());
    if (entry.optimizerStateDigest() != null) {
      out.printf("  state    %s%n", entry.optimizerStateDigest());
    }
  }
}
