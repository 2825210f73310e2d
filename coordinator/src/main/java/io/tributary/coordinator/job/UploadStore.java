package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Where updates are spooled, checked and kept until their round is published. Chunks reach it from
 * the connections directly; the round only opens, commits and erases.
 */
public interface UploadStore {
  /** What became of a commit. */
  sealed interface Commit {
    /**
     * All checks passed and the update is on disk; the same again for a repeated commit.
     *
     * @param updateDigest digest of the manifest
     */
    record Durable(Digest updateDigest) implements Commit {}

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
  }

  /**
   * Prepares to receive an update, or to go on receiving it.
   *
   * @return the chunks that are lacking; fails when the disk does
   */
  CompletableFuture<ChunkSet> open(SiteName site, TaskId task, Manifest manifest);

  /** Checks and settles an opened update. */
  CompletableFuture<Commit> commit(SiteName site, TaskId task);

  /** Forgets an update and deletes its file. Harmless when there is none. */
  void erase(SiteName site, TaskId task);

  /** Returns where a durable update is. */
  Path file(SiteName site, TaskId task);
}
