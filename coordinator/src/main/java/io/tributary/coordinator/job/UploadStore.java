package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.fold.UpdateSource;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Where updates are spooled, checked and kept until their round is published. Chunks reach it from
 * the connections directly; the round only opens, commits and erases.
 */
public interface UploadStore {
  /**
   * What a site said of its update, and what the coordinator adds for the receipt.
   *
   * @param manifest of the update
   * @param weight it is folded with, at least 1
   * @param metrics declared ones
   * @param baseDigest SHA-256 of the weights that the round starts from, in hex
   */
  record UploadFacts(
      Manifest manifest, long weight, Map<String, Double> metrics, String baseDigest) {
    /** Copies the metrics. */
    public UploadFacts {
      metrics = Map.copyOf(metrics);
    }
  }

  /** What became of a commit. */
  sealed interface Commit {
    /**
     * All checks passed; update, row and receipt are durable. The same receipt for a repeated
     * commit, also after a restart.
     *
     * @param receipt what the site is told
     */
    record Durable(UpdateReceipt receipt) implements Commit {}

    /**
     * A check failed; the update is gone.
     *
     * @param reason naming values and bounds
     */
    record Refused(String reason) implements Commit {}

    /**
     * Chunks are missing.
     *
     * @param lacking which
     */
    record Incomplete(ChunkSet lacking) implements Commit {}

    /**
     * The attempt is not open any more; the ledger has no row of the update.
     *
     * @param reason for people
     */
    record Closed(String reason) implements Commit {}
  }

  /**
   * Prepares to receive an update, or to go on receiving it, also after a restart.
   *
   * @return the chunks that are lacking; fails when the disk does
   */
  CompletableFuture<ChunkSet> open(SiteName site, TaskId task, Manifest manifest);

  /**
   * Checks and settles an opened update.
   *
   * @return fails with an {@link java.io.IOException} when the disk does: then nothing is settled
   *     and the site may resume
   */
  CompletableFuture<Commit> commit(SiteName site, TaskId task, UploadFacts facts);

  /**
   * After a restart: checks every committed update of the open round against its row, byte by byte,
   * so that only what was accepted is ever folded. Deletes nothing.
   *
   * @return fails with a {@link io.tributary.common.config.UserErrorException} that names what is
   *     damaged or missing and what is safe to do
   */
  CompletableFuture<Void> reopen(List<UploadRow> committed);

  /** Returns where a durable update can be read. */
  UpdateSource source(SiteName site, TaskId task);

  /** Forgets an update and deletes its file. Harmless when there is none. */
  void erase(SiteName site, TaskId task);

  /**
   * A round is published or has failed: erases (or keeps for replay) what is left of it, and
   * destroys its key. Harmless when there is nothing left.
   */
  void roundEnded(int round);
}
