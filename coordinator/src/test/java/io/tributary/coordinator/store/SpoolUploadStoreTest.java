package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.fold.UpdateReader;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolUploadStoreTest {
  private static final SiteName SITE = Samples.NORTH;
  private static final TaskId TASK = Samples.task(4, 1);

  @TempDir Path home;
  private final List<Long> progress = new ArrayList<>();
  private final Ledger ledger = Samples.ledgerAtRound(3);
  private RunDirectory directory;
  private SpoolUploadStore store;

  @BeforeEach
  void makeStore() throws Exception {
    directory = new RunDirectory(home.resolve("run"));
    directory.create();
    Samples.openAttempt(ledger, 4, 1);
    store = newStore(CrashPoint.NONE);
  }

  private SpoolUploadStore newStore(CrashPoint crash) {
    return new SpoolUploadStore(
        directory.spool(),
        directory.keys(),
        Optional.empty(),
        Samples.RUN,
        ledger,
        new Samples.CountingNotary(),
        Samples.CLOCK,
        SpoolEncryption.NONE,
        Runnable::run,
        crash,
        (site, task, done, total) -> progress.add(done));
  }

  private Path spooled() {
    return directory.spool().resolve("4.1/north.part");
  }

  private CompletableFuture<Void> chunk(ByteBuffer update, Manifest manifest, int index) {
    ByteBuf data =
        Unpooled.copiedBuffer(
            update.slice((int) manifest.chunkOffset(index), manifest.chunkLength(index)));
    CompletableFuture<Void> taken = store.chunk(SITE, TASK, index, data);
    assertThat(data.refCnt()).isEqualTo(1); // kept only as long as it was needed
    boolean unusedFreed = data.release();
    return taken;
  }

  private Commit upload(ByteBuffer update) {
    Manifest manifest = Samples.manifest(update);
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      chunk(update, manifest, i).join();
    }
    return commit(update);
  }

  private Commit commit(ByteBuffer update) {
    return store.commit(SITE, TASK, Samples.facts(update, 7)).join();
  }

  @Test
  void aGoodUpdateIsDurableWithRowAndReceiptAndSaysSoAgain() throws Exception {
    ByteBuffer update = Samples.update(0.5f);
    Commit first = upload(update);
    UploadRow row = ledger.upload(Samples.RUN.runId(), 4, SITE).orElseThrow();
    String digest = Samples.manifest(update).digest().hex();
    assertThat(first).isEqualTo(new Commit.Durable(new UpdateReceipt(digest, 7, row.receipt())));
    assertThat(commit(update)).isEqualTo(first);
    assertThat(spooled()).hasBinaryContent(Samples.content(update));
    assertThat(progress).isNotEmpty().last().isEqualTo((long) update.limit());
    assertThat(row.state()).isEqualTo(UploadRow.State.COMMITTED);
    assertThat(row.totalBytes()).isEqualTo(update.limit());
    assertThat(StatementBodies.receipt(row.receipt().getBody()))
        .isEqualTo(
            new Receipt(
                TASK,
                SITE,
                new Pseudonyms(Samples.RUN.pseudonymKey()).of(SITE),
                Samples.manifest(update).digest(),
                7,
                io.tributary.common.wire.Digest.sha256(new byte[] {1}),
                Samples.NOW));
  }

  @Test
  void aCommitAfterARestartGivesTheSameReceiptWithoutTheSpool() throws Exception {
    ByteBuffer update = Samples.update(0.5f);
    Commit first = upload(update);
    Files.delete(spooled()); // so that nothing could be checked again
    store = newStore(CrashPoint.NONE);
    assertThat(commit(update)).isEqualTo(first);
    assertThat(store.open(SITE, TASK, Samples.manifest(update)).join().isEmpty()).isTrue();
    assertThat(spooled()).doesNotExist();
    assertThat(commit(update)).isEqualTo(first);
  }

  @Test
  void aCommitOfAnotherWeightOrUpdateIsNotTheCommittedOne() {
    ByteBuffer update = Samples.update(0.5f);
    var unusedFirst = upload(update);
    assertThat(store.commit(SITE, TASK, Samples.facts(update, 8)).join())
        .isInstanceOf(Commit.Closed.class);
    assertThat(commit(Samples.update(0.25f))).isInstanceOf(Commit.Closed.class);
  }

  @Test
  void whatWasSpooledBeforeARestartIsNotAskedForAgain() {
    ByteBuffer update = Samples.update(0.5f);
    update.putFloat(0, 0.25f); // chunks differ
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    chunk(update, manifest, 0).join();
    chunk(update, manifest, 2).join();
    store = newStore(CrashPoint.NONE);
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    assertThat(lacking.contains(0) || lacking.contains(2)).isFalse();
    assertThat(lacking.cardinality()).isEqualTo(manifest.chunkCount() - 2);
    assertThat(upload(update)).isInstanceOf(Commit.Durable.class);
  }

  @Test
  void aKillAtAnyMomentOfAnUploadLosesNothingAndCountsNothingTwice() throws Exception {
    for (CrashMoment moment :
        List.of(
            CrashMoment.CHUNK_SPOOLED,
            CrashMoment.UPDATE_CHECKED,
            CrashMoment.SPOOL_FORCED,
            CrashMoment.UPLOAD_COMMITTED)) {
      Files.deleteIfExists(spooled());
      Samples.close(ledger, 4, attempt());
      ledger.abortAttempt(
          Samples.RUN.runId(), 4, attempt(), "again", false, java.util.Set.of(), List.of());
      Samples.openAttempt(ledger, 4, attempt() + 1);
      TaskId task = Samples.task(4, attempt());
      Samples.DiesAt crash = new Samples.DiesAt(moment);
      SpoolUploadStore dying = newStore(crash);
      ByteBuffer update = Samples.update(0.5f);
      assertThatThrownBy(() -> uploadWhole(dying, task, update))
          .hasRootCauseMessage("killed at " + moment);
      assertThat(crash.isDead()).isTrue();
      List<UploadRow> committed = committed();
      assertThat(committed).hasSize(moment == CrashMoment.UPLOAD_COMMITTED ? 1 : 0);

      SpoolUploadStore next = newStore(CrashPoint.NONE);
      next.reopen(committed).join();
      Commit commit = uploadWhole(next, task, update);
      assertThat(committed()).hasSize(1);
      UploadRow row = committed().get(0);
      assertThat(commit)
          .isEqualTo(
              new Commit.Durable(new UpdateReceipt(row.digest(), row.weight(), row.receipt())));
      if (!committed.isEmpty()) {
        assertThat(row.receipt()).isEqualTo(committed.get(0).receipt());
      }
    }
  }

  private int attempt() {
    return ledger.attempt(Samples.RUN.runId(), 4).orElseThrow().attempt();
  }

  private List<UploadRow> committed() {
    return ledger.uploads(Samples.RUN.runId(), 4).stream()
        .filter(row -> row.state() == UploadRow.State.COMMITTED)
        .toList();
  }

  private static Commit uploadWhole(SpoolUploadStore store, TaskId task, ByteBuffer update) {
    Manifest manifest = Samples.manifest(update);
    ChunkSet lacking = store.open(SITE, task, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      store
          .chunk(
              SITE,
              task,
              i,
              Unpooled.wrappedBuffer(
                  update.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i))))
          .join();
    }
    return store.commit(SITE, task, Samples.facts(update, 7)).join();
  }

  @Test
  void anAttemptThatIsNotOpenTakesNoUpdate() {
    Samples.close(ledger, 4, 1);
    assertThat(upload(Samples.update(0.5f)))
        .isInstanceOfSatisfying(
            Commit.Closed.class, closed -> assertThat(closed.reason()).contains("has ended"));
    assertThat(ledger.uploads(Samples.RUN.runId(), 4)).isEmpty();
  }

  @Test
  void refusesEveryKindOfBadValueAndDeletesTheFile() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 2.0001f, -3f}) {
      ByteBuffer update = Samples.update(0);
      update.putFloat(4 * (Samples.values() - 1), bad);
      assertThat(upload(update))
          .isInstanceOfSatisfying(
              Commit.Refused.class,
              refused ->
                  assertThat(refused.reason()).startsWith("value 3 of final.norm.bias is " + bad));
      assertThat(spooled()).doesNotExist();
      assertThat(ledger.uploads(Samples.RUN.runId(), 4)).isEmpty();
      store.erase(SITE, TASK);
    }
  }

  @Test
  void acceptsTheBoundItself() {
    assertThat(upload(Samples.update(-2f))).isInstanceOf(Commit.Durable.class);
  }

  @Test
  void asksForWhatIsLackingAfterACut() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    chunk(update, manifest, 1).join();
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    assertThat(lacking.contains(1)).isFalse();
    assertThat(lacking.cardinality()).isEqualTo(manifest.chunkCount() - 1);
    assertThat(commit(update)).isEqualTo(new Commit.Incomplete(lacking));
  }

  @Test
  void refusesAChunkThatIsNotWhatWasOfferedAndGoesOn() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    assertThatThrownBy(() -> chunk(Samples.update(0.25f), manifest, 0).join())
        .hasCauseInstanceOf(ProtocolException.class)
        .hasMessageContaining("SHA-256");
    assertThat(upload(update)).isInstanceOf(Commit.Durable.class);
  }

  @Test
  void aFailingDiskSettlesNothingAndTheSiteGoesOnWhereItWas() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    chunk(update, manifest, 0).join();
    Thread.currentThread().interrupt(); // the channel fails in the middle of the write
    CompletableFuture<Void> failed = chunk(update, manifest, 1);
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(failed::join).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(chunk(update, manifest, 2)).isCompleted(); // ignored
    assertThatThrownBy(() -> commit(update)).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(store.open(SITE, TASK, manifest).join().contains(0)).isFalse();
    assertThat(upload(update)).isInstanceOf(Commit.Durable.class);
  }

  @Test
  void aDiskThatFailsAtTheCommitSettlesNothing() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      chunk(update, manifest, i).join();
    }
    Thread.currentThread().interrupt();
    CompletableFuture<Commit> failed = store.commit(SITE, TASK, Samples.facts(update, 7));
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(failed::join).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(ledger.uploads(Samples.RUN.runId(), 4)).isEmpty();
    assertThat(upload(update)).isInstanceOf(Commit.Durable.class);
  }

  @Test
  void aCommittedUpdateCannotBeExchangedAlsoAfterARestart() {
    var unusedCommit = upload(Samples.update(0.5f));
    Manifest other = Samples.manifest(Samples.update(0.25f));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> store.open(SITE, TASK, other).join())
          .hasMessageContaining("another update of this task");
      assertThat(spooled()).hasBinaryContent(Samples.content(Samples.update(0.5f)));
      store = newStore(CrashPoint.NONE);
    }
  }

  @Test
  void sitesShareNothing() {
    var unusedCommit = upload(Samples.update(0.5f));
    Manifest same = Samples.manifest(Samples.update(0.5f));
    ChunkSet lacking = store.open(Samples.SOUTH, TASK, same).join();
    assertThat(lacking).isEqualTo(ChunkSet.all(same.chunkCount()));
  }

  @Test
  void aChunkAfterErasureIsIgnoredAndLeavesNothing() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    store.erase(SITE, TASK);
    assertThat(directory.spool()).isEmptyDirectory();
    assertThat(chunk(update, manifest, 0)).isCompleted();
    store.erase(SITE, TASK);
    assertThat(directory.spool()).isEmptyDirectory();
  }

  @Test
  void neverErasesWhatTheLedgerCountsOn() {
    var unusedCommit = upload(Samples.update(0.5f));
    store.erase(SITE, TASK);
    store.roundEnded(4);
    assertThat(spooled()).exists();
    Samples.publish(ledger, 4, 1);
    store.erase(SITE, TASK);
    assertThat(directory.spool()).isEmptyDirectory();
  }

  @Test
  void theEndOfARoundErasesAllThatIsLeftOfItAndNothingElse() throws Exception {
    var unusedCommit = upload(Samples.update(0.5f));
    ByteBuffer other = Samples.update(0.25f);
    var unusedOpen = store.open(Samples.SOUTH, TASK, Samples.manifest(other)).join();
    Path later = directory.spool().resolve("5.1/south.part");
    Files.createDirectories(later.getParent());
    Files.writeString(later, "x");
    Samples.publish(ledger, 4, 1);
    List<CrashMoment> moments = new ArrayList<>();
    store = newStore(moments::add); // as after a restart: knows no lane
    store.roundEnded(4);
    assertThat(directory.spool().resolve("4.1")).doesNotExist();
    assertThat(later).exists();
    assertThat(moments).containsExactly(CrashMoment.SPOOLS_ERASED);
  }

  @Test
  void readsBackWhatWasCommitted() throws Exception {
    var unusedCommit = upload(Samples.update(0.5f));
    ByteBuffer read = ByteBuffer.allocate(8);
    try (UpdateReader reader = store.source(SITE, TASK).open()) {
      reader.read(4, read);
    }
    assertThat(read.flip()).isEqualTo(Samples.update(0.5f).slice(4, 8));
    assertThatThrownBy(() -> store.source(Samples.SOUTH, TASK).open())
        .hasMessageContaining("has no update");
  }

  @Test
  void aCommitWithoutAnOfferFails() {
    assertThatThrownBy(() -> commit(Samples.update(0.5f))).hasMessageContaining("was not opened");
  }

  @Test
  void aClosedStoreForgetsItsUploads() {
    ByteBuffer update = Samples.update(0.5f);
    Manifest manifest = Samples.manifest(update);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    store.close().join();
    assertThat(chunk(update, manifest, 0)).isCompleted();
    assertThatThrownBy(() -> commit(update)).hasMessageContaining("was not opened");
  }
}
