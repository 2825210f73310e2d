package io.tributary.coordinator.store;

import io.netty.buffer.ByteBuf;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.SpoolCipher;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.job.UploadStore.UploadFacts;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One site's update on its way to disk. Confined to its {@link SerialLane}.
 *
 * <p>Whether it is committed is only ever asked of the ledger. After an error of the disk the file
 * is closed: the next open hashes it again, so a write that was cut in the middle counts for
 * nothing.
 */
final class UploadLane {
  /** So much of an update is written to disk at a time while the rest arrives. */
  private static final long EARLY_BYTES = 8L << 20;

  private final SiteName site;
  private final TaskId task;
  private final SpoolFiles files;
  private final RoundKeys keys;
  private final ValueRules rules;
  private final CommitDesk desk;
  private final CrashPoint crash;
  private final Executor background;
  private final AtomicBoolean forcing = new AtomicBoolean(); // early, and has not begun
  private ChunkSpool spool; // null: not open
  private ValueCheck checked; // of what the spool has
  private Manifest manifest;
  private long verifiedBytes;
  private Optional<Commit> refused = Optional.empty();

  UploadLane(
      SiteName site,
      TaskId task,
      SpoolFiles files,
      RoundKeys keys,
      ValueRules rules,
      CommitDesk desk,
      CrashPoint crash,
      Executor background) {
    this.site = site;
    this.task = task;
    this.files = files;
    this.keys = keys;
    this.rules = rules;
    this.desk = desk;
    this.crash = crash;
    this.background = background;
  }

  /** Prepares for a manifest, or goes on with it. */
  ChunkSet open(Manifest offered) throws IOException {
    Optional<UploadRow> standing = desk.standing(site, task);
    if (standing.isPresent() || refused.isPresent()) {
      String had = standing.map(UploadRow::digest).orElseGet(() -> manifest.digest().hex());
      if (!offered.digest().hex().equals(had)) {
        throw new IOException("another update of this task was settled before");
      }
      return ChunkSet.none(offered.chunkCount());
    }
    if (spool == null || !offered.equals(manifest)) {
      close();
      spool = openSpool(offered);
      manifest = offered;
      verifiedBytes = offered.totalBytes() - bytesOf(spool.lacking());
    }
    return spool.lacking();
  }

  private ChunkSpool openSpool(Manifest offered) throws IOException {
    Path file = files.file(task.round(), task.attempt(), site);
    SpoolCipher cipher;
    try {
      cipher = keys.forWriting(task.round(), task.attempt(), site, offered.digest());
    } catch (UserErrorException e) {
      throw new IOException(e.getMessage(), e); // its operator's matter, not the site's
    }
    checked = rules.begin();
    files.prepare(task.round(), task.attempt());
    try {
      return ChunkSpool.open(file, offered, cipher, checked);
    } catch (NoSuchFileException e) { // the last other update was erased, its directory with it
      files.prepare(task.round(), task.attempt());
      return ChunkSpool.open(file, offered, cipher, checked);
    }
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
    try {
      if (spool.accept(index, data) == ChunkSpool.Result.DUPLICATE) {
        return false;
      }
    } catch (IOException e) {
      closeAfter(e);
      throw e;
    }
    long before = verifiedBytes;
    verifiedBytes += manifest.chunkLength(index);
    if (before / EARLY_BYTES != verifiedBytes / EARLY_BYTES) {
      forceEarly(spool);
    }
    crash.reached(CrashMoment.CHUNK_SPOOLED);
    return true;
  }

  /** At most one of a lane waits: on a slow disk, the next one writes what this one would have. */
  private void forceEarly(ChunkSpool filling) {
    if (forcing.compareAndSet(false, true)) {
      background.execute(
          () -> {
            forcing.set(false);
            filling.forceEarly();
          });
    }
  }

  long verifiedBytes() {
    return verifiedBytes;
  }

  long totalBytes() {
    return manifest.totalBytes();
  }

  /** Checks and settles; the same answer when asked again, also by another process. */
  Commit commit(UploadFacts facts) throws IOException {
    Optional<UploadRow> standing = desk.standing(site, task);
    if (standing.isPresent()) {
      return CommitDesk.again(standing.get(), facts);
    }
    if (refused.isPresent()) {
      return refused.get();
    }
    if (spool == null || !manifest.equals(facts.manifest())) {
      throw new IOException("the upload was not opened");
    }
    if (!spool.complete()) {
      return new Commit.Incomplete(spool.lacking());
    }
    Optional<String> violation = checked.violation();
    if (violation.isPresent()) {
      refused = Optional.of(new Commit.Refused(violation.get()));
      close();
      files.release(task.round(), task.attempt(), site);
      return refused.get();
    }
    crash.reached(CrashMoment.UPDATE_CHECKED);
    force();
    crash.reached(CrashMoment.SPOOL_FORCED);
    Commit commit = desk.settle(site, task, facts);
    close();
    return commit;
  }

  /**
   * After a failed fsync the pages may read back as if they were on disk, and the next fsync may
   * succeed without having written them: the file goes, and every chunk is taken again.
   */
  private void force() throws IOException {
    try {
      spool.force();
    } catch (IOException e) {
      closeAfter(e);
      files.release(task.round(), task.attempt(), site);
      throw e;
    }
  }

  private void closeAfter(IOException failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Closes the file; it stays. */
  void close() throws IOException {
    if (spool != null) {
      ChunkSpool closing = spool;
      spool = null;
      closing.close();
    }
  }
}
