package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run's transparency log as far as it is known to be good. Entries are added one by one; the
 * first that does not follow from those before it is refused, and changes nothing.
 *
 * <p>An entry follows when its signature holds, it is of the same run and job, its sequence is the
 * next, its previous hash is that of the entry before, and its base is the model that the entry
 * before published. All entries are signed with one receipt certificate, or with several in turn: a
 * change is reported ({@link Signer}), and a certificate that was replaced never returns.
 *
 * <p>What this cannot see: entries cut off at the end. A shorter log is a good log of an earlier
 * day. Two parties who compare {@link Summary#headHash} at one length have the same log.
 *
 * <p>Not safe for use by several threads.
 */
public final class LogChain {
  private final StatementVerifier verifier;
  private final List<Signer> signers = new ArrayList<>();
  private Optional<LogEntry> last = Optional.empty();
  private Digest headHash = LogEntry.NOTHING;
  private long updates;

  /**
   * Who signed a stretch of the log.
   *
   * @param fromSequence its first entry
   * @param certificate DER
   */
  public record Signer(int fromSequence, ByteString certificate) {
    /** SHA-256 of the certificate, as {@code openssl x509 -fingerprint -sha256} prints it. */
    public Digest fingerprint() {
      return Digest.sha256(certificate.toByteArray());
    }
  }

  /**
   * A log that is good.
   *
   * @param runId the run
   * @param entries how many, with entry 0
   * @param updates folded in all rounds together
   * @param jobDigest SHA-256 of the job's canonical JSON as it was submitted
   * @param modelDigest SHA-256 of the newest published weights
   * @param headHash of the newest entry: equal hashes mean equal logs
   * @param publishedAt time of the newest entry
   * @param signers more than one when the receipt certificate was renewed on the way
   */
  public record Summary(
      String runId,
      int entries,
      long updates,
      Digest jobDigest,
      Digest modelDigest,
      Digest headHash,
      Instant publishedAt,
      List<Signer> signers) {
    /** Copies the list. */
    public Summary {
      signers = List.copyOf(signers);
    }
  }

  /** Starts before entry 0. */
  public LogChain(StatementVerifier verifier) {
    this.verifier = verifier;
  }

  /**
   * Adds the next entry.
   *
   * @return the entry
   * @throws StatementException saying why it does not follow; the chain is as before
   */
  public LogEntry append(SignedStatement statement) throws StatementException {
    LogEntry entry = verifier.entry(statement);
    if (entry.sequence() != nextSequence()) {
      throw new StatementException(
          "it is entry "
              + entry.sequence()
              + " where entry "
              + nextSequence()
              + " must stand: entries are missing, doubled or out of order");
    }
    if (last.isPresent()) {
      requireFollows(last.get(), entry);
    }
    boolean sameSigner =
        !signers.isEmpty()
            && signers.get(signers.size() - 1).certificate().equals(statement.getCertificate());
    if (!sameSigner) {
      addSigner(new Signer(entry.sequence(), statement.getCertificate()));
    }
    headHash = StatementBodies.hash(statement);
    updates += entry.folded().size();
    last = Optional.of(entry);
    return entry;
  }

  private void requireFollows(LogEntry before, LogEntry entry) throws StatementException {
    if (!entry.runId().equals(before.runId())) {
      throw new StatementException(
          "it is of run " + entry.runId() + ", but the log is of run " + before.runId());
    }
    if (!entry.jobDigest().equals(before.jobDigest())) {
      throw new StatementException(
          "it names another job (" + entry.jobDigest() + ") than the entry before it");
    }
    if (!entry.previousHash().equals(headHash)) {
      throw new StatementException(
          "it follows an entry with hash "
              + entry.previousHash()
              + ", but the one before it here has hash "
              + headHash
              + ": one of the two belongs to another history of this run");
    }
    if (!entry.baseDigest().equals(before.resultDigest())) {
      throw new StatementException(
          "its round started from model "
              + entry.baseDigest()
              + ", but the one before published "
              + before.resultDigest());
    }
  }

  private void addSigner(Signer next) throws StatementException {
    if (signers.stream().anyMatch(known -> known.certificate().equals(next.certificate()))) {
      throw new StatementException(
          "it is signed with receipt certificate "
              + next.fingerprint()
              + ", which had been replaced by another");
    }
    signers.add(next);
  }

  /** Returns the sequence that the next entry must have; also how many there are. */
  public int nextSequence() {
    return last.isPresent() ? last.get().sequence() + 1 : 0;
  }

  /** Returns the newest entry. */
  public Optional<LogEntry> last() {
    return last;
  }

  /** Returns the hash that the next entry must name; zeros before entry 0. */
  public Digest headHash() {
    return headHash;
  }

  /**
   * Sums up what was added.
   *
   * @return nothing when there is no entry
   */
  public Optional<Summary> summary() {
    return last.map(
        entry ->
            new Summary(
                entry.runId(),
                nextSequence(),
                updates,
                entry.jobDigest(),
                entry.resultDigest(),
                headHash,
                entry.publishedAt(),
                signers));
  }
}
