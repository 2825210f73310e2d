package io.tributary.coordinator.store;

import io.netty.buffer.ByteBuf;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.SpoolCipher;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.UpdateSource;
import io.tributary.coordinator.job.UploadStore;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one run's updates in {@code spool/ROUND.ATTEMPT/SITE.part} until their round is published;
 * they survive restarts, committed or not. Each upload has a lane of its own on a small pool:
 * hashing and checking one site's update holds up neither the owner's thread nor another site's
 * connection.
 *
 * <pre>
 * chunks ─► {@link UploadLane}, {@link ValueCheck} ─► force ─► {@link CommitDesk}: sign, ledger row ─► receipt
 * restart ─► {@link SpoolRecovery}: committed files against their rows
 * round over ─► {@link SpoolFiles}: kept or deleted, its key ({@link RoundKeys}) destroyed
 * </pre>
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

  private final RunRow run;
  private final Ledger ledger;
  private final Executor pool;
  private final SerialLane housekeeping;
  private final SerialLane writing; // to disk, ahead of commits: one file at a time
  private final RoundKeys keys;
  private final SpoolFiles files;
  private final SpoolRecovery recovery;
  private final ValueRules rules;
  private final CommitDesk desk;
  private final CrashPoint crash;
  private final Progress progress;
  private final Map<Key, Entry> entries = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<Void>> erasing = new ConcurrentHashMap<>();
  private final AtomicLong erasures = new AtomicLong();

  /**
   * Makes a store; nothing on disk changes yet.
   *
   * @param spool an existing directory of its own
   * @param keys an existing directory of its own, for the rounds' wrapped keys
   * @param kept where folded updates go when their round is published; nothing: they are erased
   * @param run whose updates
   * @param pool where disk work is done
   */
  public SpoolUploadStore(
      Path spool,
      Path keys,
      Optional<Path> kept,
      RunRow run,
      Ledger ledger,
      Notary notary,
      Clock clock,
      SpoolEncryption encryption,
      Executor pool,
      CrashPoint crash,
      Progress progress) {
    JobSpec job = run.job();
    this.run = run;
    this.ledger = ledger;
    this.pool = pool;
    this.housekeeping = new SerialLane(pool);
    this.writing = new SerialLane(pool);
    this.keys = new RoundKeys(keys, run.runId(), encryption);
    this.files = new SpoolFiles(spool, kept, this.keys, ledger, run.runId());
    this.recovery = new SpoolRecovery(files, this.keys, pool);
    this.rules = new ValueRules(job.model().config().layout(), job.update().maxAbs());
    this.desk = new CommitDesk(run, ledger, notary, clock, crash);
    this.crash = crash;
    this.progress = progress;
  }

  private Entry newEntry(SiteName site, TaskId task) {
    return new Entry(
        new SerialLane(pool),
        new UploadLane(site, task, files, keys, rules, desk, crash, this::ahead));
  }

  /** What can be left undone when the coordinator closes. */
  private void ahead(Runnable work) {
    try {
      writing.execute(work);
    } catch (RejectedExecutionException e) {
      LOG.debug("the coordinator is closing: spools are not written ahead any more");
    }
  }

  @Override
  public CompletableFuture<ChunkSet> open(SiteName site, TaskId task, Manifest manifest) {
    Entry entry =
        entries.computeIfAbsent(new Key(site, task), key -> newEntry(key.site(), key.task()));
    return run(entry.lane(), () -> entry.upload().open(manifest));
  }

  /**
   * Takes a chunk, in the order of calls; a chunk of an upload that is not open is ignored.
   *
   * @param data retained until the work is done
   * @return fails with {@link io.tributary.common.wire.ProtocolException} when the site sent
   *     something else than it offered, with {@link IOException} when the disk fails: then the
   *     upload is closed, later chunks are ignored, and the site may offer it again and go on
   */
  public CompletableFuture<Void> chunk(SiteName site, TaskId task, int index, ByteBuf data) {
    Entry entry = entries.get(new Key(site, task));
    if (entry == null) {
      return CompletableFuture.completedFuture(null);
    }
    ByteBuf kept = data.retain();
    return run(
            entry.lane(),
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
    // Without an offer since the restart the ledger may still know the update.
    Entry known = entry == null ? newEntry(site, task) : entry;
    return run(known.lane(), () -> known.upload().commit(facts));
  }

  /**
   * {@inheritDoc}
   *
   * <p>To be called at every recovery, also without rows: it erases what a crash left of published
   * rounds as well, and refuses a wrapping key that is not the open round's.
   */
  @Override
  public CompletableFuture<Void> reopen(List<UploadRow> committed) {
    return run(
            housekeeping,
            () -> {
              eraseEndedRounds();
              SortedSet<Integer> rounds = keys.rounds();
              committed.forEach(row -> rounds.add(row.round()));
              for (int round : rounds) {
                keys.requireReadable(round);
              }
              return (Void) null;
            })
        .thenCompose(nothing -> recovery.check(committed))
        .thenAccept(
            damages -> {
              if (!damages.isEmpty()) {
                throw SpoolRecovery.refusal(run.name(), damages);
              }
            });
  }

  private void eraseEndedRounds() throws IOException {
    int head = ledger.head(run.runId()).map(ModelRow::round).orElse(0);
    for (int round : files.rounds()) {
      if (round <= head) {
        files.endRound(round);
      }
    }
  }

  /**
   * What {@code --discard-damaged-updates} asks for, before the run goes on: takes every committed
   * update of the open round whose file is damaged or missing out of the round, so that its site is
   * asked to train again. The files stay until the round is over.
   *
   * @return the sites; fails as {@link #reopen} does on a wrapping key that is not the round's
   */
  public CompletableFuture<List<SiteName>> discardDamaged() {
    int round = ledger.head(run.runId()).map(ModelRow::round).orElse(0) + 1;
    List<UploadRow> committed =
        ledger.uploads(run.runId(), round).stream()
            .filter(row -> row.state() == UploadRow.State.COMMITTED)
            .toList();
    return run(
            housekeeping,
            () -> {
              if (keys.rounds().contains(round)) {
                keys.requireReadable(round);
              }
              return (Void) null;
            })
        .thenCompose(nothing -> recovery.check(committed))
        .thenApply(
            damages -> {
              List<SiteName> sites = new ArrayList<>();
              for (SpoolRecovery.Damage damage : damages) {
                SiteName site = damage.row().site();
                LOG.warn("run={} round={} site={} discarded: {}", run.name(), round, site, damage);
                ledger.discardUpload(
                    run.runId(),
                    round,
                    site,
                    "the accepted update was damaged on the coordinator's disk and its operator"
                        + " discarded it");
                sites.add(site);
              }
              return sites;
            });
  }

  @Override
  public UpdateSource source(SiteName site, TaskId task) {
    return () -> {
      UploadRow row =
          desk.standing(site, task)
              .orElseThrow(
                  () -> new IOException("task " + task + " of " + site + " has no update"));
      SpoolCipher cipher =
          keys.forReading(task.round(), task.attempt(), site, Digest.fromHex(row.digest()));
      Path file = files.file(task.round(), task.attempt(), site);
      return new DecipheringReader(new UpdateFile(file).open(), cipher);
    };
  }

  @Override
  public void erase(SiteName site, TaskId task) {
    Entry entry = entries.remove(new Key(site, task));
    quietly(
        close(entry)
            .thenCompose(
                nothing ->
                    run(
                        housekeeping,
                        () -> {
                          files.release(task.round(), task.attempt(), site);
                          return (Void) null;
                        })),
        "spool of task " + task + " of site " + site + " is not erased");
  }

  @Override
  public void roundEnded(int round) {
    quietly(
        closeAll(key -> key.task().round() == round)
            .thenCompose(
                nothing ->
                    run(
                        housekeeping,
                        () -> {
                          files.endRound(round);
                          return (Void) null;
                        }))
            .thenRun(() -> crash.reached(CrashMoment.SPOOLS_ERASED)),
        "spools of round " + round + " of run " + run.name() + " are not erased");
  }

  /** The run has ended for good, and the ledger says so: nothing of it is spooled any more. */
  public CompletableFuture<Void> runEnded() {
    return closeAll(key -> true)
        .thenCompose(
            nothing ->
                run(
                    housekeeping,
                    () -> {
                      for (int round : files.rounds()) {
                        files.endRound(round);
                      }
                      return (Void) null;
                    }));
  }

  /** Closes every file and forgets the keys; completes when all work that was asked for is done. */
  public CompletableFuture<Void> close() {
    return closeAll(key -> true)
        .thenCompose(
            nothing ->
                run(
                    housekeeping,
                    () -> {
                      keys.close();
                      return (Void) null;
                    }));
  }

  /** Closes uploads; completes after them and after all erasing that was asked for before. */
  private CompletableFuture<Void> closeAll(Predicate<Key> which) {
    List<CompletableFuture<Void>> closing = new ArrayList<>(erasing.values());
    for (Key key : List.copyOf(entries.keySet())) {
      if (which.test(key)) {
        closing.add(close(entries.remove(key)));
      }
    }
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new));
  }

  private static CompletableFuture<Void> close(Entry entry) {
    return entry == null
        ? CompletableFuture.completedFuture(null)
        : run(
            entry.lane(),
            () -> {
              entry.upload().close();
              return (Void) null;
            });
  }

  /** What is not erased now is erased at the next recovery. */
  private void quietly(CompletableFuture<Void> work, String failed) {
    CompletableFuture<Void> logged =
        work.exceptionally(
            failure -> {
              LOG.warn("{}", failed, failure);
              return null;
            });
    long number = erasures.incrementAndGet();
    erasing.put(number, logged);
    var unused = logged.whenComplete((nothing, never) -> erasing.remove(number));
  }

  private static <T> CompletableFuture<T> run(SerialLane lane, Work<T> work) {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return work.run();
            } catch (IOException e) {
              throw new CompletionException(e);
            }
          },
          lane);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(new IOException("the coordinator is closing", e));
    }
  }
}
