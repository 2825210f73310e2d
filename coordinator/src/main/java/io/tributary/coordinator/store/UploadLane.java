package io.tributary.coordinator.store;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.round.UpdateReceipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** One site's update on its way to disk. Confined to its {@link SerialLane}. */
final class UploadLane {
  private final Path file;
  private final UpdateCheck check;
  private ChunkSpool spool;
  private Manifest manifest;
  private long verifiedBytes;
  private Optional<Commit> settled = Optional.empty();

  UploadLane(Path file, UpdateCheck check) {
    this.file = file;
    this.check = check;
  }

  /** Prepares for a manifest, or goes on with it. */
  ChunkSet open(Manifest offered) throws IOException {
    if (settled.isPresent()) {
      if (!offered.equals(manifest)) {
        throw new IOException("another update of this task was committed before");
      }
      return ChunkSet.none(manifest.chunkCount());
    }
    if (spool == null || !offered.equals(manifest)) {
      close();
      spool = ChunkSpool.open(file, offered);
      manifest = offered;
      verifiedBytes = offered.totalBytes() - bytesOf(spool.lacking());
    }
    return spool.lacking();
  }

  private long bytesOf(ChunkSet chunks) {
    long bytes = 0;
    for (int i = chunks.next(0); i >= 0; i = chunks.next(i + 1)) {
      bytes += manifest.chunkLength(i);
    }
    return bytes;
  }

  /**
   * Takes a chunk.
   *
   * @return whether it was new
   * @throws ProtocolException when it is not what the manifest says
   */
  boolean accept(int index, ByteBuf data) throws IOException {
    if (spool == null) {
      return false; // not opened, or settled: a chunk too many
    }
    if (spool.accept(index, data) == ChunkSpool.Result.DUPLICATE) {
      return false;
    }
    verifiedBytes += manifest.chunkLength(index);
    return true;
  }

  long verifiedBytes() {
    return verifiedBytes;
  }

  long totalBytes() {
    return manifest.totalBytes();
  }

  /** Checks and settles; the same answer when asked again. */
  Commit commit(long weight) throws IOException {
    if (settled.isPresent()) {
      return settled.get();
    }
    if (spool == null) {
      throw new IOException("the upload was not opened");
    }
    if (!spool.complete()) {
      return new Commit.Incomplete(spool.lacking());
    }
    Optional<String> violation = check.violation(spool);
    if (violation.isEmpty()) {
      spool.force();
      settled =
          Optional.of(
              new Commit.Durable(
                  new UpdateReceipt(
                      manifest.digest().hex(), weight, SignedStatement.getDefaultInstance())));
      close();
    } else {
      settled = Optional.of(new Commit.Refused(violation.get()));
      erase();
    }
    return settled.get();
  }

  /** Deletes the file. */
  void erase() throws IOException {
    close();
    Files.deleteIfExists(file);
  }

  private void close() throws IOException {
    if (spool != null) {
      spool.close();
      spool = null;
    }
  }
}
