package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.TaskRow;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many sites at once on real threads. */
class SpoolConcurrencyTest {
  private static final int SITES = 12;
  private static final TaskId TASK = Samples.task(1, 1);

  @TempDir Path home;
  private final ExecutorService pool = Executors.newFixedThreadPool(4);
  private final MemoryLedger ledger = Samples.ledgerAtRound(0);
  private final List<ByteBuf> chunks = new ArrayList<>();

  @AfterEach
  void stop() {
    pool.shutdownNow();
  }

  private static SiteName site(int index) {
    return new SiteName("site-" + index);
  }

  private SpoolUploadStore newStore(RunDirectory directory) {
    Path key = home.resolve("wrapping.key");
    SpoolEncryption.createWrappingKey(key, new SecureRandom());
    return new SpoolUploadStore(
        directory.spool(),
        directory.keys(),
        Optional.empty(),
        Samples.RUN,
        ledger,
        new Samples.CountingNotary(),
        Samples.CLOCK,
        SpoolEncryption.withWrappingKey(key, new SecureRandom()),
        pool,
        CrashPoint.NONE,
        (site, task, done, total) -> {});
  }

  private CompletableFuture<Commit> upload(SpoolUploadStore store, int index) {
    ByteBuffer update = Samples.update(index / 10f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(site(index), TASK, manifest);
    for (int i = 0; i < manifest.chunkCount(); i++) {
      ByteBuf data =
          Unpooled.copiedBuffer(
              update.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i)));
      chunks.add(data);
      var unusedTaken = store.chunk(site(index), TASK, i, data);
    }
    return store.commit(site(index), TASK, Samples.facts(update, 1 + index));
  }

  @Test
  void everySiteGetsItsOwnReceiptAndNothingIsLeftHoweverTheWorkInterleaves() throws Exception {
    RunDirectory directory = new RunDirectory(home.resolve("run"));
    directory.create();
    List<TaskRow> tasks = new ArrayList<>();
    for (int i = 0; i < SITES; i++) {
      tasks.add(new TaskRow(site(i), 1, TaskRow.WORKING, "", 0));
    }
    ledger.openAttempt(Samples.RUN.runId(), 1, 1, Samples.model(0).digest(), tasks);
    SpoolUploadStore store = newStore(directory);
    List<CompletableFuture<Commit>> commits = new ArrayList<>();
    for (int i = 0; i < SITES - 1; i++) {
      commits.add(upload(store, i));
    }
    for (int i = 0; i < SITES - 1; i++) {
      Commit commit = commits.get(i).get(20, TimeUnit.SECONDS);
      String digest = Samples.manifest(Samples.update(i / 10f)).digest().hex();
      assertThat(commit)
          .isInstanceOfSatisfying(
              Commit.Durable.class,
              durable -> assertThat(durable.receipt().updateDigest()).isEqualTo(digest));
    }
    store.reopen(ledger.uploads(Samples.RUN.runId(), 1)).get(20, TimeUnit.SECONDS);

    Samples.publish(ledger, 1, 1);
    CompletableFuture<Commit> late = upload(store, SITES - 1); // while the rest is being erased
    for (int i = 0; i < SITES; i++) {
      store.erase(site(i), TASK);
    }
    store.roundEnded(1);
    assertThat(late.get(20, TimeUnit.SECONDS)).isInstanceOf(Commit.Closed.class);
    store.close().get(20, TimeUnit.SECONDS);
    assertThat(directory.spool()).isEmptyDirectory();
    assertThat(directory.keys()).isEmptyDirectory();
    for (ByteBuf chunk : chunks) {
      assertThat(chunk.refCnt()).isEqualTo(1); // only the caller's own hold is left
      boolean unusedFreed = chunk.release();
    }
  }
}
