package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.UploadStore;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.round.UpdateReceipt;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolUploadStoreTest {
  private static final SiteName SITE = new SiteName("north");
  private static final TaskId TASK = new TaskId("sample", 4, 2, TaskId.Kind.TRAIN);

  private static final UploadStore.UploadFacts FACTS =
      new UploadStore.UploadFacts(
          Manifest.of(Samples.update(0.5f), 512), 7, Map.of(), "00".repeat(32));

  @TempDir Path spool;
  private final List<Long> progress = new ArrayList<>();
  private SpoolUploadStore store;

  @BeforeEach
  void makeStore() {
    store =
        new SpoolUploadStore(
            spool, Samples.JOB, Runnable::run, (site, task, done, total) -> progress.add(done));
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
    Manifest manifest = Manifest.of(update, 512);
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      chunk(update, manifest, i).join();
    }
    return store.commit(SITE, TASK, FACTS).join();
  }

  @Test
  void aGoodUpdateIsDurableInItsPlaceAndSaysSoAgain() {
    ByteBuffer update = Samples.update(0.5f);
    Commit first = upload(update);
    assertThat(first)
        .isEqualTo(
            new Commit.Durable(
                new UpdateReceipt(
                    Manifest.of(update, 512).digest().hex(),
                    7,
                    SignedStatement.getDefaultInstance())));
    assertThat(store.commit(SITE, TASK, FACTS).join()).isEqualTo(first);
    assertThat(spool.resolve("4.2/north.part")).hasBinaryContent(Samples.content(update));
    assertThat(store.file(SITE, TASK)).isEqualTo(spool.resolve("4.2/north.part"));
    assertThat(progress).isNotEmpty().last().isEqualTo((long) update.limit());
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
      assertThat(store.file(SITE, TASK)).doesNotExist();
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
    Manifest manifest = Manifest.of(update, 512);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    chunk(update, manifest, 1).join();
    ChunkSet lacking = store.open(SITE, TASK, manifest).join();
    assertThat(lacking.contains(1)).isFalse();
    assertThat(lacking.cardinality()).isEqualTo(manifest.chunkCount() - 1);
    assertThat(store.commit(SITE, TASK, FACTS).join()).isEqualTo(new Commit.Incomplete(lacking));
  }

  @Test
  void refusesAChunkThatIsNotWhatWasOffered() {
    Manifest manifest = Manifest.of(Samples.update(0.5f), 512);
    var unusedLacking = store.open(SITE, TASK, manifest).join();
    assertThatThrownBy(() -> chunk(Samples.update(0.25f), manifest, 0).join())
        .hasCauseInstanceOf(ProtocolException.class)
        .hasMessageContaining("SHA-256");
  }

  @Test
  void aCommittedUpdateCannotBeExchanged() {
    var unusedCommit = upload(Samples.update(0.5f));
    Manifest other = Manifest.of(Samples.update(0.25f), 512);
    assertThatThrownBy(() -> store.open(SITE, TASK, other).join())
        .hasMessageContaining("another update of this task");
    assertThat(spool.resolve("4.2/north.part"))
        .hasBinaryContent(Samples.content(Samples.update(0.5f)));
  }

  @Test
  void sitesShareNothing() {
    var unusedCommit = upload(Samples.update(0.5f));
    Manifest same = Manifest.of(Samples.update(0.5f), 512);
    ChunkSet lacking = store.open(new SiteName("south"), TASK, same).join();
    assertThat(lacking.cardinality()).isEqualTo(same.chunkCount());
  }

  @Test
  void erasesFileAndEmptyDirectoryAndIgnoresChunksThatComeAfter() {
    ByteBuffer update = Samples.update(0.5f);
    var unusedCommit = upload(update);
    store.erase(SITE, TASK);
    assertThat(spool).isEmptyDirectory();
    assertThat(chunk(update, Manifest.of(update, 512), 0)).isCompleted();
    store.erase(SITE, TASK);
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void aCommitWithoutAnOfferFails() {
    assertThatThrownBy(() -> store.commit(SITE, TASK, FACTS).join())
        .hasMessageContaining("was not opened");
  }
}
