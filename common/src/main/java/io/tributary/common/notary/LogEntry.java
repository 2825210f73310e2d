package io.tributary.common.notary;

import io.tributary.common.wire.Digest;
import java.time.Instant;
import java.util.List;

/**
 * One round in a run's append-only, hash-chained transparency log; entry 0 names the job and its
 * initial weights.
 *
 * @param runId the run
 * @param sequence the round, from 0
 * @param previousHash {@code NotaryHash} of entry {@code sequence - 1}; zeros in entry 0
 * @param jobDigest SHA-256 of the job's canonical JSON
 * @param attempt that was published; 0 in entry 0
 * @param baseDigest SHA-256 of the weights that the round started from; zeros in entry 0
 * @param folded every update in the model, by pseudonym
 * @param dropped every other selected site, by pseudonym
 * @param resultDigest SHA-256 of the new weights
 * @param publishedAt by the coordinator's clock
 */
public record LogEntry(
    String runId,
    int sequence,
    Digest previousHash,
    Digest jobDigest,
    int attempt,
    Digest baseDigest,
    List<Folded> folded,
    List<Dropped> dropped,
    Digest resultDigest,
    Instant publishedAt) {
  /** Of {@code LogEntryBody}. */
  public static final int FORMAT = 1;

  /**
   * An update in the model.
   *
   * @param pseudonym whose
   * @param updateDigest digest of its manifest
   * @param weight it was folded with
   */
  public record Folded(String pseudonym, Digest updateDigest, long weight) {}

  /**
   * A selected site without a part in the model.
   *
   * @param pseudonym which
   * @param state {@code dropped}, {@code late} or {@code refused}
   * @param reason in the coordinator's words
   */
  public record Dropped(String pseudonym, String state, String reason) {}

  /** Copies the lists. */
  public LogEntry {
    folded = List.copyOf(folded);
    dropped = List.copyOf(dropped);
  }
}
