package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.Manifest;
import io.tributary.coordinator.ledger.Ledger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link SpoolUploadStoreTest} does not see: a lane's work in the background. */
class UploadLaneTest {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHUNKS = 25;

  @TempDir Path home;
  private final Queue<Runnable> background = new ArrayDeque<>();

  private UploadLane lane() throws IOException {
    RunDirectory directory = new RunDirectory(home.resolve("run"));
    directory.create();
    Ledger ledger = Samples.ledgerAtRound(3);
    Samples.openAttempt(ledger, 4, 1);
    String run = Samples.RUN.runId();
    RoundKeys keys = new RoundKeys(directory.keys(), run, SpoolEncryption.NONE);
    return new UploadLane(
        Samples.NORTH,
        Samples.task(4, 1),
        new SpoolFiles(directory.spool(), Optional.empty(), keys, ledger, run),
        keys,
        new ValueRules(Samples.JOB.model().config().layout(), 1.0),
        new CommitDesk(
            Samples.RUN, ledger, new Samples.CountingNotary(), Samples.CLOCK, CrashPoint.NONE),
        CrashPoint.NONE,
        background::add);
  }

  @Test
  void writesALargeUpdateToDiskAheadOfItsCommitAndNeverQueuesThatTwice() throws IOException {
    byte[] content = new byte[CHUNKS * CHUNK_BYTES];
    new Random(1).nextBytes(content);
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), CHUNK_BYTES);
    UploadLane lane = lane();
    assertThat(lane.open(manifest).cardinality()).isEqualTo(CHUNKS);
    for (int i = 0; i < CHUNKS; i++) {
      ByteBuf chunk = Unpooled.wrappedBuffer(content, i * CHUNK_BYTES, CHUNK_BYTES);
      assertThat(lane.accept(i, chunk)).isTrue();
      chunk.release();
      if (i == 15) { // 16 MiB: due twice, asked for once
        assertThat(background).hasSize(1);
        background.remove().run();
      }
    }
    assertThat(background).hasSize(1); // of 24 MiB
    lane.close();
    background.remove().run(); // too late, and harmless
  }
}
