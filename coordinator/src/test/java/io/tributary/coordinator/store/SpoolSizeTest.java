package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.ledger.Ledger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spools that hold, get or need more than the declared manifest, or than the disk. */
class SpoolSizeTest {
  private static final SiteName SITE = Samples.NORTH;
  private static final TaskId TASK = Samples.task(1, 1);
  private static final ByteBuffer UPDATE = Samples.update(0.5f);
  private static final Manifest MANIFEST = Samples.manifest(UPDATE);

  @TempDir Path home;
  private final Ledger ledger = Samples.ledgerAtRound(0);
  private RunDirectory directory;
  private SpoolUploadStore store;

  @BeforeEach
  void makeStore() throws IOException {
    directory = new RunDirectory(home.resolve("run"));
    directory.create();
    Samples.openAttempt(ledger, 1, 1);
    store =
        new SpoolUploadStore(
            directory.spool(),
            directory.keys(),
            Optional.empty(),
            Samples.RUN,
            ledger,
            new Samples.CountingNotary(),
            Samples.CLOCK,
            SpoolEncryption.NONE,
            Runnable::run,
            CrashPoint.NONE,
            (site, task, done, total) -> {});
  }

  private Path spooled() {
    return directory.spool().resolve("1.1/north.part");
  }

  private CompletableFuture<Void> chunk(SiteName site, int index, ByteBuffer bytes) {
    ByteBuf data = Unpooled.copiedBuffer(bytes);
    CompletableFuture<Void> taken = store.chunk(site, TASK, index, data);
    boolean unusedFreed = data.release();
    return taken;
  }

  private static ByteBuffer part(int index) {
    return UPDATE.slice((int) MANIFEST.chunkOffset(index), MANIFEST.chunkLength(index));
  }

  private Commit upload(SiteName site) {
    ChunkSet lacking = store.open(site, TASK, MANIFEST).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      chunk(site, i, part(i)).join();
    }
    return store.commit(site, TASK, Samples.facts(UPDATE, 7)).join();
  }

  @Test
  void aFileLargerThanTheManifestIsCutToItAndTheUploadGoesOn() throws IOException {
    Files.createDirectories(spooled().getParent());
    byte[] content = Samples.content(UPDATE);
    byte[] larger = Arrays.copyOf(content, 3 * content.length); // all of the update, then more
    larger[0] ^= 1;
    Files.write(spooled(), larger);

    ChunkSet lacking = store.open(SITE, TASK, MANIFEST).join();

    assertThat(Files.size(spooled())).isEqualTo(MANIFEST.totalBytes());
    assertThat(lacking.cardinality()).isEqualTo(1); // what matches its digest is not sent again
    assertThat(lacking.contains(0)).isTrue();
    assertThat(upload(SITE)).isInstanceOf(Commit.Durable.class);
    assertThat(spooled()).hasBinaryContent(content);
  }

  @Test
  void anAcceptedUpdateThatGrewIsRefusedWithBothSizes() throws IOException {
    assertThat(upload(SITE)).isInstanceOf(Commit.Durable.class);
    Files.write(spooled(), new byte[5], StandardOpenOption.APPEND);

    assertThatThrownBy(() -> store.reopen(ledger.uploads(Samples.RUN.runId(), 1)).join())
        .hasCauseInstanceOf(UserErrorException.class)
        .hasMessageContaining(
            "has %d bytes but had %d".formatted(MANIFEST.totalBytes() + 5, MANIFEST.totalBytes()));
  }

  @Test
  void chunksBeyondTheManifestAreRefusedWithBothNumbersAndTheUploadGoesOn() {
    var unusedLacking = store.open(SITE, TASK, MANIFEST).join();
    int count = MANIFEST.chunkCount();
    assertThatThrownBy(() -> chunk(SITE, count, part(0)).join())
        .hasCauseInstanceOf(ProtocolException.class)
        .hasMessageContaining(
            "chunk index is %d but the manifest has %d chunks".formatted(count, count));
    assertThatThrownBy(() -> chunk(SITE, 0, UPDATE.slice(0, 513)).join())
        .hasCauseInstanceOf(ProtocolException.class)
        .hasMessageContaining("chunk 0 has 513 bytes but its manifest says 512");
    assertThat(upload(SITE)).isInstanceOf(Commit.Durable.class);
  }

  /** A manifest of zeros, twice as large as what the disk has left. */
  private Manifest beyondTheDisk() throws IOException {
    long total = 2 * Files.getFileStore(directory.spool()).getUsableSpace();
    int chunkBytes = 64 << 20;
    int chunks = Math.toIntExact((total + chunkBytes - 1) / chunkBytes);
    WireLimits usual = WireLimits.DEFAULT;
    return Manifest.fromProto(
        ChunkManifest.newBuilder()
            .setTotalBytes(total)
            .setChunkBytes(chunkBytes)
            .setChunkDigests(ByteString.copyFrom(new byte[chunks * Digest.BYTES]))
            .build(),
        new WireLimits(
            Integer.MAX_VALUE,
            usual.maxHelloFrameBytes(),
            usual.chunkBytes(),
            chunkBytes,
            total,
            chunks,
            usual.handshakeTimeoutMillis(),
            usual.heartbeatIntervalMillis(),
            usual.idleTimeoutMillis(),
            usual.closeTimeoutMillis(),
            usual.outboundHighWaterBytes(),
            usual.outboundLowWaterBytes(),
            Integer.MAX_VALUE,
            usual.maxTransfersPerConnection(),
            usual.maxConnections(),
            usual.maxConcurrentHandshakes()));
  }

  @Test
  void aDiskWithTooLittleRoomIsNamedWithBothNumbersAndOthersGoOn() throws IOException {
    Manifest large = beyondTheDisk();
    assertThatThrownBy(() -> store.open(SITE, TASK, large).join())
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining(spooled() + " needs " + large.totalBytes() + " more bytes but")
        .hasMessageContaining("its disk has only")
        .hasMessageContaining("make room");
    assertThat(Files.size(spooled())).isZero(); // nothing was taken
    assertThat(upload(Samples.SOUTH)).isInstanceOf(Commit.Durable.class);
    assertThat(upload(SITE)).isInstanceOf(Commit.Durable.class); // and it may come back
  }
}
