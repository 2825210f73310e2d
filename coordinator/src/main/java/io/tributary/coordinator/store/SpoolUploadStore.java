package io.tributary.coordinator.store;

import io.netty.buffer.ByteBuf;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.UpdateSource;
import io.tributary.coordinator.job.UploadStore;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps updates in {@code spool/ROUND.ATTEMPT/SITE.part}. Each upload has a lane of its own on a
 * small pool: hashing and checking one site's update holds up neither the owner's thread nor
 * another site's connection.
 */
public final class SpoolUploadStore implements UploadStore {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolUploadStore.class);

  /** Progress is told this often per upload, however many chunks it has. */
  private static final int PROGRESS_STEPS = 16;

  /** Hears how uploads advance, on a pool thread. */
  @FunctionalInterface
  public interface Progress {
    /** An upload has advanced noticeably. */
    void advanced(SiteName site, TaskId task, long doneBytes, long totalBytes);
  }

  private record Key(SiteName site, TaskId task) {}

  private record Entry(SerialLane lane, UploadLane upload) {}

  private interface Work<T> {
    T run() throws IOException;
  }

  private final Path spool;
  private final Executor pool;
  private final UpdateCheck check;
  private final Progress progress;
  private final Map<Key, Entry> entries = new ConcurrentHashMap<>();

  /**
   * Makes a store.
   *
   * @param spool an existing directory of its own
   * @param pool where disk work is done
   */
  public SpoolUploadStore(Path spool, JobSpec job, Executor pool, Progress progress) {
    this.spool = spool;
    this.pool = pool;
    this.check = new UpdateCheck(job.model().transformer().layout(), job.update().maxAbs());
    this.progress = progress;
  }

  @Override
  public CompletableFuture<ChunkSet> open(SiteName site, TaskId task, Manifest manifest) {
    Entry entry =
        entries.computeIfAbsent(
            new Key(site, task),
            key -> new Entry(new SerialLane(pool), new UploadLane(file(site, task), check)));
    return run(
        entry,
        () -> {
          Files.createDirectories(file(site, task).getParent());
          return entry.upload().open(manifest);
        });
  }

  /**
   * Takes a chunk, in the order of calls; a chunk of an upload that is not open is ignored.
   *
   * @param data retained until the work is done
   * @return fails with {@link io.tributary.common.wire.ProtocolException} when the site sent
   *     something else than it offered, with {@link IOException} when the disk fails
   */
  public CompletableFuture<Void> chunk(SiteName site, TaskId task, int index, ByteBuf data) {
    Entry entry = entries.get(new Key(site, task));
    if (entry == null) {
      return CompletableFuture.completedFuture(null);
    }
    ByteBuf kept = data.retain();
    return run(
            entry,
            () -> {
              UploadLane upload = entry.upload();
              long before = upload.verifiedBytes();
              if (upload.accept(index, kept)) {
                long total = upload.totalBytes();
                long step = Math.max(1, total / PROGRESS_STEPS);
                long now = upload.verifiedBytes();
                if (before / step != now / step || now == total) {
                  progress.advanced(site, task, now, total);
                }
              }
              return (Void) null;
            })
        .whenComplete((nothing, failure) -> kept.release());
  }

  @Override
  public CompletableFuture<Commit> commit(SiteName site, TaskId task, UploadFacts facts) {
    Entry entry = entries.get(new Key(site, task));
    return entry == null
        ? CompletableFuture.failedFuture(new IOException("the upload was not opened"))
        : run(entry, () -> entry.upload().commit(facts.weight()));
  }

  @Override
  public void erase(SiteName site, TaskId task) {
    Entry entry = entries.remove(new Key(site, task));
    if (entry == null) {
      return;
    }
    var unused =
        run(
                entry,
                () -> {
                  entry.upload().erase();
                  deleteIfEmpty(file(site, task).getParent());
                  return (Void) null;
                })
            .exceptionally(
                failure -> {
                  LOG.warn("task={} site={} spool not erased", task, site, failure);
                  return null;
                });
  }

  private static void deleteIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (java.nio.file.DirectoryNotEmptyException e) {
      LOG.debug("{} has other updates", directory);
    }
  }

  @Override
  public CompletableFuture<Void> reopen(List<UploadRow> committed) {
    return CompletableFuture.completedFuture(null); // nothing survives a restart yet
  }

  @Override
  public UpdateSource source(SiteName site, TaskId task) {
    return new UpdateFile(file(site, task));
  }

  @Override
  public void roundEnded(int round) {} // every update is erased by itself so far

  Path file(SiteName site, TaskId task) {
    return spool.resolve(task.round() + "." + task.attempt()).resolve(site + ".part");
  }

  private static <T> CompletableFuture<T> run(Entry entry, Work<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.run();
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        },
        entry.lane());
  }
}
