package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a new process finds: damaged, missing, stale, enciphered and kept spools. */
class SpoolRecoveryTest {
  private static final String RUN_ID = Samples.RUN.runId();
  private static final TaskId TASK = Samples.task(1, 1);

  @TempDir Path home;
  private final Ledger ledger = Samples.ledgerAtRound(0);
  private RunDirectory directory;
  private Path wrappingKey;
  private SpoolEncryption encryption = SpoolEncryption.NONE;
  private Optional<Path> kept = Optional.empty();

  @BeforeEach
  void makeRun() throws IOException {
    directory = new RunDirectory(home.resolve("run"));
    directory.create();
    wrappingKey = home.resolve("wrapping.key");
    SpoolEncryption.createWrappingKey(wrappingKey, new SecureRandom());
    Samples.openAttempt(ledger, 1, 1);
  }

  private SpoolUploadStore newStore() {
    return new SpoolUploadStore(
        directory.spool(),
        directory.keys(),
        kept,
        Samples.RUN,
        ledger,
        new Samples.CountingNotary(),
        Samples.CLOCK,
        encryption,
        Runnable::run,
        CrashPoint.NONE,
        (site, task, done, total) -> {});
  }

  private void encipher() {
    encryption = SpoolEncryption.withWrappingKey(wrappingKey, new SecureRandom());
  }

  private static void upload(SpoolUploadStore store, SiteName site, ByteBuffer update) {
    Manifest manifest = Samples.manifest(update);
    ChunkSet lacking = store.open(site, TASK, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      store
          .chunk(
              site,
              TASK,
              i,
              Unpooled.wrappedBuffer(
                  update.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i))))
          .join();
    }
    assertThat(store.commit(site, TASK, Samples.facts(update, 7)).join())
        .isInstanceOf(Commit.Durable.class);
  }

  private List<UploadRow> committed() {
    return ledger.uploads(RUN_ID, 1).stream()
        .filter(row -> row.state() == UploadRow.State.COMMITTED)
        .toList();
  }

  private Path spooled(SiteName site) {
    return directory.spool().resolve("1.1").resolve(site + ".part");
  }

  private static void damage(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {77}), 100);
    }
  }

  private UserErrorException refusal() {
    Throwable thrown =
        org.assertj.core.api.Assertions.catchThrowable(() -> newStore().reopen(committed()).join());
    assertThat(thrown).isInstanceOf(CompletionException.class);
    assertThat(thrown.getCause()).isInstanceOf(UserErrorException.class);
    UserErrorException refusal = (UserErrorException) thrown.getCause();
    assertThat(refusal.kind()).isEqualTo(UserErrorException.Kind.REFUSED);
    return refusal;
  }

  @Test
  void committedUpdatesAreFoundWholeAndReadable() throws IOException {
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    SpoolUploadStore next = newStore();
    next.reopen(committed()).join();
    ByteBuffer read = ByteBuffer.allocate(Samples.update(0).limit());
    try (var reader = next.source(Samples.NORTH, TASK).open()) {
      reader.read(0, read);
    }
    assertThat(read.array()).isEqualTo(Samples.content(Samples.update(0.5f)));
  }

  @Test
  void namesEveryDamagedUpdateWithBothDigestsAndWhatIsSafeAndDeletesNothing() throws IOException {
    SpoolUploadStore store = newStore();
    upload(store, Samples.NORTH, Samples.update(0.5f));
    upload(store, Samples.SOUTH, Samples.update(0.25f));
    damage(spooled(Samples.NORTH));
    Files.delete(spooled(Samples.SOUTH));
    String actual = Manifest.of(spooled(Samples.NORTH), 512).digest().hex();
    assertThat(refusal())
        .hasMessageContaining("site north, round 1: " + spooled(Samples.NORTH))
        .hasMessageContaining("has digest " + actual)
        .hasMessageContaining("says " + Samples.manifest(Samples.update(0.5f)).digest().hex())
        .hasMessageContaining("site south, round 1: " + spooled(Samples.SOUTH) + " is missing")
        .hasMessageContaining("back from a backup")
        .hasMessageContaining("--discard-damaged-updates");
    assertThat(spooled(Samples.NORTH)).exists();
    assertThat(committed()).hasSize(2);
  }

  @Test
  void namesAnUpdateThatWasCut() throws IOException {
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    try (FileChannel channel = FileChannel.open(spooled(Samples.NORTH), StandardOpenOption.WRITE)) {
      channel.truncate(10);
    }
    assertThat(refusal()).hasMessageContaining("has 10 bytes but had");
  }

  @Test
  void discardingTakesOnlyDamagedUpdatesOutAndTheSiteMaySendAgain() throws IOException {
    SpoolUploadStore store = newStore();
    upload(store, Samples.NORTH, Samples.update(0.5f));
    upload(store, Samples.SOUTH, Samples.update(0.25f));
    damage(spooled(Samples.NORTH));
    SpoolUploadStore next = newStore();
    assertThat(next.discardDamaged().join()).containsExactly(Samples.NORTH);
    next.reopen(committed()).join();
    assertThat(committed()).extracting(UploadRow::site).containsExactly(Samples.SOUTH);
    assertThat(ledger.upload(RUN_ID, 1, Samples.NORTH).orElseThrow().reason())
        .contains("damaged on the coordinator's disk");
    upload(next, Samples.NORTH, Samples.update(0.5f));
    assertThat(committed()).hasSize(2);
    newStore().reopen(committed()).join();
  }

  @Test
  void erasesWhatAKillLeftOfPublishedRounds() throws IOException {
    encipher();
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    Samples.publish(ledger, 1, 1); // and dies before it erases
    assertThat(directory.keys().resolve("1.key")).exists();
    Samples.openAttempt(ledger, 2, 1);
    newStore().reopen(List.of()).join();
    assertThat(directory.spool()).isEmptyDirectory();
    assertThat(directory.keys()).isEmptyDirectory();
  }

  @Test
  void theEndOfARunLeavesNeitherSpoolNorKey() throws IOException {
    encipher();
    SpoolUploadStore store = newStore();
    upload(store, Samples.NORTH, Samples.update(0.5f));
    ledger.setRunState(
        RUN_ID, io.tributary.coordinator.ledger.RunState.STOPPED, "its operator ended it");
    store.runEnded().join();
    assertThat(directory.spool()).isEmptyDirectory();
    assertThat(directory.keys()).isEmptyDirectory();
  }

  @Test
  void noContentIsOnDiskInTheClearAndNoTwoSitesLookAlike() throws IOException {
    encipher();
    SpoolUploadStore store = newStore();
    ByteBuffer update = Samples.update(0.5f);
    upload(store, Samples.NORTH, update);
    upload(store, Samples.SOUTH, update);
    byte[] north = Files.readAllBytes(spooled(Samples.NORTH));
    byte[] south = Files.readAllBytes(spooled(Samples.SOUTH));
    byte[] content = Samples.content(update);
    int sameAsContent = 0;
    int sameAsEachOther = 0;
    for (int i = 0; i < content.length; i++) {
      sameAsContent += north[i] == content[i] ? 1 : 0;
      sameAsEachOther += north[i] == south[i] ? 1 : 0;
    }
    assertThat(sameAsContent).isLessThan(content.length / 50); // chance is 1 in 256
    assertThat(sameAsEachOther).isLessThan(content.length / 50);
    newStore().reopen(committed()).join();
    Samples.publish(ledger, 1, 1);
    store.roundEnded(1);
    assertThat(directory.keys()).isEmptyDirectory();
  }

  @Test
  void anotherManifestForTheSameTaskGetsAnotherKeyStream() throws IOException {
    encipher();
    SpoolUploadStore store = newStore();
    ByteBuffer zeros = Samples.update(0f);
    ByteBuffer other = Samples.update(0f);
    other.putFloat(other.limit() - 4, 1f); // differs in the last chunk only
    byte[] first = firstChunkOnDisk(store, zeros);
    byte[] second = firstChunkOnDisk(store, other);
    assertThat(Arrays.mismatch(first, second)).isBetween(0, 4);
  }

  private byte[] firstChunkOnDisk(SpoolUploadStore store, ByteBuffer update) throws IOException {
    Manifest manifest = Samples.manifest(update);
    assertThat(store.open(Samples.NORTH, TASK, manifest).join().contains(0)).isTrue();
    store.chunk(Samples.NORTH, TASK, 0, Unpooled.wrappedBuffer(update.slice(0, 512))).join();
    return Arrays.copyOf(Files.readAllBytes(spooled(Samples.NORTH)), 512);
  }

  @Test
  void anotherWrappingKeyIsRefusedBeforeAnythingIsRead() throws IOException {
    encipher();
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    Files.delete(wrappingKey);
    SpoolEncryption.createWrappingKey(wrappingKey, new SecureRandom());
    encipher();
    assertThat(refusal())
        .hasMessageContaining(directory.keys().resolve("1.key").toString())
        .hasMessageContaining("does not open with wrapping key " + wrappingKey);
    assertThatThrownBy(() -> newStore().discardDamaged().join())
        .hasCauseInstanceOf(UserErrorException.class);
    assertThat(committed()).hasSize(1);
  }

  @Test
  void encryptionThatIsSwitchedInTheMiddleOfARoundIsRefused() throws IOException {
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    encipher();
    assertThat(refusal()).hasMessageContaining("without spool.encrypt");
    encryption = SpoolEncryption.NONE;
    newStore().reopen(committed()).join();
    encipher();
    assertThat(newStore().discardDamaged().join()).containsExactly(Samples.NORTH);
    upload(newStore(), Samples.NORTH, Samples.update(0.5f));
    encryption = SpoolEncryption.NONE;
    assertThat(refusal()).hasMessageContaining("start with spool.encrypt");
  }

  @Test
  void keepsFoldedUpdatesAndTheirKeyForReplayAndNothingElse() throws IOException {
    kept = Optional.of(directory.kept());
    encipher();
    SpoolUploadStore store = newStore();
    upload(store, Samples.NORTH, Samples.update(0.5f));
    var unusedLacking = store.open(Samples.SOUTH, TASK, Samples.manifest(Samples.update(1))).join();
    Samples.publish(ledger, 1, 1);
    store.erase(Samples.NORTH, TASK);
    store.erase(Samples.SOUTH, TASK);
    for (int i = 0; i < 2; i++) { // the second time as after a kill
      newStore().roundEnded(1);
      assertThat(directory.spool()).isEmptyDirectory();
      assertThat(directory.keys()).isEmptyDirectory();
      List<String> names = new ArrayList<>();
      try (var files = Files.list(directory.kept().resolve("1"))) {
        files.forEach(file -> names.add(file.getFileName().toString()));
      }
      assertThat(names).containsExactlyInAnyOrder("north.part", "round.key");
    }
  }
}
