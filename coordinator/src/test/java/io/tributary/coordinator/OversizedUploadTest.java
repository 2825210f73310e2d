package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.UploadStatus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sites that send more than they declared, over real TLS. */
class OversizedUploadTest {
  @TempDir Path directory;
  private TlsFederation federation;

  @BeforeEach
  void makeFederation() {
    federation = new TlsFederation(directory);
  }

  @AfterEach
  void closeAll() throws Exception {
    federation.closeAll();
  }

  /** Offers what it should, and then sends one chunk of something larger. */
  private static final class GreedySite extends TlsSite {
    private final int chunkBytes;
    private final int index;

    /**
     * Makes one.
     *
     * @param chunkBytes of the larger content
     * @param index of the one chunk that is sent
     */
    GreedySite(String name, Path certificates, int port, int chunkBytes, int index) {
      super(name, certificates, port, TlsFederation.delta(0.25f));
      this.chunkBytes = chunkBytes;
      this.index = index;
    }

    @Override
    void uploadStatus(WireConnection connection, UploadStatus status) {
      ByteBuffer larger = ByteBuffer.allocateDirect((index + 1) * chunkBytes);
      Manifest manifest = Manifest.of(larger, chunkBytes);
      ChunkSet one = ChunkSet.none(manifest.chunkCount());
      boolean unusedAdded = one.add(index);
      var unusedSent =
          connection.sendChunks(
              TaskId.fromProto(status.getKey()), ChunkSource.ofBytes(larger, manifest), one);
    }
  }

  @Test
  void moreChunksOrBytesThanDeclaredAreRefusedWithTheNumbersAndTheRoundGoesOn() throws Exception {
    RoundRules rules = new RoundRules(3, 1.0, 1, 60_000L, 500L, 2_000L, 60_000L, 1);
    JobSpec job = TlsFederation.job("greedy", 1, 1).with(11, 1, rules);
    CoordinatorServer server = federation.start("home", 0, 1);
    JobView unusedView = TlsFederation.now(server.jobs().submit(job));
    int port = server.port();
    TlsSite good =
        federation.opened(
            new TlsSite("good", federation.certificates("good"), port, TlsFederation.delta(0.5f)));
    int count = good.manifest().chunkCount();
    GreedySite beyond =
        federation.opened(
            new GreedySite("beyond", federation.certificates("beyond"), port, 4096, count));
    GreedySite longer =
        federation.opened(
            new GreedySite("longer", federation.certificates("longer"), port, 8192, 0));
    for (TlsSite site : new TlsSite[] {good, beyond, longer}) {
      var unusedSite = site.connect();
    }

    assertThat(beyond.closedReason.get(TlsFederation.PATIENCE_SECONDS, TimeUnit.SECONDS))
        .contains("chunk index is %d but the manifest has %d chunks".formatted(count, count));
    assertThat(longer.closedReason.get(TlsFederation.PATIENCE_SECONDS, TimeUnit.SECONDS))
        .contains("chunk 0 has 8192 bytes but its manifest says 4096");
    assertThat(TlsFederation.now(server.jobs().ended("greedy")).outcome()).isEqualTo("completed");
  }
}
