package io.tributary.client;

import io.tributary.common.notary.LogChain;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the transparency log of one run says of this site's receipts; the part of {@link
 * ReceiptAudit} that reads the log, once and entry by entry.
 */
final class RunAudit {
  private final List<Receipt> receipts;
  private final Map<Receipt, String> contradictions = new HashMap<>();
  private int entries;
  private Optional<String> logIsWrong = Optional.empty();
  private boolean cut;

  private RunAudit(List<Receipt> receipts) {
    this.receipts = receipts;
  }

  /**
   * Reads the log of a run.
   *
   * @param receipts of this site in this run, each valid by itself
   */
  static RunAudit of(String run, SiteHome home, StatementVerifier verifier, List<Receipt> receipts)
      throws IOException {
    RunAudit audit = new RunAudit(receipts);
    if (receipts.isEmpty()) {
      return audit;
    }
    Path forks = SiteLog.forksOf(home.log(), run);
    if (Files.exists(forks)) {
      audit.logIsWrong =
          Optional.of("the coordinator has signed two histories of this run: see " + forks);
    }
    LogChain chain = new LogChain(verifier);
    try {
      LogFile.read(SiteLog.fileOf(home.log(), run), entry -> audit.take(chain.append(entry)));
    } catch (NoSuchFileException e) {
      return audit; // no entry has come yet
    } catch (StatementException e) {
      if (e.getCause() instanceof EOFException) {
        audit.cut = true;
      } else {
        audit.logIsWrong =
            Optional.of("entry " + audit.entries + " of this site's log: " + e.getMessage());
      }
    }
    return audit;
  }

  private void take(LogEntry entry) {
    entries++;
    for (Receipt receipt : receipts) {
      if (receipt.task().round() == entry.sequence()) {
        objection(receipt, entry).ifPresent(why -> contradictions.put(receipt, why));
      } else if (isCountedAgain(receipt, entry)) {
        contradictions.put(receipt, "its update is counted again in round " + entry.sequence());
      }
    }
  }

  /** The same update in another round, for which this site has no receipt of its own. */
  private boolean isCountedAgain(Receipt receipt, LogEntry entry) {
    boolean there =
        entry.folded().stream()
            .anyMatch(
                folded ->
                    folded.pseudonym().equals(receipt.pseudonym())
                        && folded.updateDigest().equals(receipt.updateDigest()));
    return there
        && receipts.stream()
            .noneMatch(
                other ->
                    other.task().round() == entry.sequence()
                        && other.updateDigest().equals(receipt.updateDigest()));
  }

  private static Optional<String> objection(Receipt receipt, LogEntry entry) {
    if (!entry.baseDigest().equals(receipt.baseDigest())) {
      return Optional.of(
          "the receipt is for a round from model "
              + receipt.baseDigest()
              + ", the log's round is from "
              + entry.baseDigest());
    }
    for (LogEntry.Folded folded : entry.folded()) {
      if (!folded.pseudonym().equals(receipt.pseudonym())) {
        continue;
      }
      if (!folded.updateDigest().equals(receipt.updateDigest())) {
        return Optional.of("the log counts update " + folded.updateDigest() + " in its place");
      }
      return folded.weight() == receipt.weight()
          ? Optional.empty()
          : Optional.of(
              "the log counts it with weight "
                  + folded.weight()
                  + ", the receipt says "
                  + receipt.weight());
    }
    for (LogEntry.Dropped dropped : entry.dropped()) {
      if (dropped.pseudonym().equals(receipt.pseudonym())) {
        return Optional.of(
            "the log says "
                + dropped.state()
                + " ("
                + dropped.reason()
                + "), although a receipt promises that it counts");
      }
    }
    return Optional.of("a model was published for its round without it");
  }

  /** What the log, or the state of the log, has against a receipt. */
  Optional<String> contradiction(Receipt receipt) {
    return Optional.ofNullable(contradictions.get(receipt)).or(() -> logIsWrong);
  }

  /** Whether the log has an entry of the receipt's round. */
  boolean reaches(Receipt receipt) {
    return receipt.task().round() < entries;
  }

  /** Why the log says nothing of a receipt. */
  String whyNotYet(Receipt receipt) {
    String end = cut ? "; an entry is being written, or was cut off by a crash" : "";
    if (entries == 0) {
      return "no log of this run has come yet" + end;
    }
    return "the log ends with entry "
        + (entries - 1)
        + ": round "
        + receipt.task().round()
        + " is not published yet, its entry has not come yet, or it ended without a model"
        + end;
  }
}
